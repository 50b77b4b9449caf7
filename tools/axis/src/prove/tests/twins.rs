//! A contract that is wrong is noticed: tables whose names begin with `right` beside others that are wrong in one way each.

use super::*;

const TWINS: &str = "
CREATE TABLE right_ones (id int PRIMARY KEY, a varchar(3) NOT NULL);
CREATE TABLE accepts (id int PRIMARY KEY, a varchar(3) NOT NULL);
CREATE TABLE rejects (id int PRIMARY KEY, a varchar(3) NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, a varchar(3) NOT NULL, b numeric(3, 1) NOT NULL);
CREATE TABLE narrows (id int PRIMARY KEY, a date NOT NULL);

CREATE EXTENSION ltree;
CREATE TABLE right_left (
    id int PRIMARY KEY, a varchar(3) NOT NULL, b text NOT NULL CHECK (hashtext(b) % 2 < 10 / length(b)), p ltree NOT NULL,
    n int NOT NULL CHECK (10 / n > 1), made timestamptz NOT NULL DEFAULT now(), gone timestamptz CHECK (gone >= made)
);
CREATE DOMAIN five AS int DEFAULT 5;
CREATE TABLE right_default (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL, x five CHECK (x IS NULL OR x > 10),
    y int GENERATED ALWAYS AS (a % 1000) STORED CHECK (y < 100), CHECK (id > a - 1000000)
);
CREATE DOMAIN lowered AS varchar(5) CHECK (VALUE = lower(VALUE));
CREATE TABLE right_parts (id int PRIMARY KEY, parts lowered[], twice bigint GENERATED ALWAYS AS (id::bigint * 2) STORED);
CREATE TABLE right_branches (
    id int PRIMARY KEY, kind text NOT NULL, n int, m int, word text, CONSTRAINT kinds CHECK (kind IN ('a', 'b')),
    CONSTRAINT by_kind CHECK (CASE kind WHEN 'a' THEN n > 5 ELSE m IS NOT NULL END),
    CONSTRAINT either CHECK (n < m OR m > 100), CONSTRAINT one_or_both CHECK (num_nonnulls(n, m) >= 1),
    CONSTRAINT words CHECK (NOT (word LIKE 'x%' AND length(word) > 3) AND word ~ '^[a-z]+$')
);
CREATE TABLE left_branches (id int PRIMARY KEY, n int, CONSTRAINT never CHECK (n <> 7 OR (n = 1 AND n = 2)));
CREATE TABLE left_tree (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT told CHECK (n > 5));
CREATE DOMAIN flag AS boolean NOT NULL;
CREATE DOMAIN moment AS timestamptz NOT NULL;
CREATE TABLE right_domains (
    id int PRIMARY KEY, a flag DEFAULT true, CHECK (a OR id > 0), b moment DEFAULT now(),
    c date NOT NULL CHECK (c <= now()), d int NOT NULL CHECK (d > 0)
);
CREATE TABLE right_infinite (id int PRIMARY KEY, a varchar(3) NOT NULL, b date DEFAULT 'infinity' NOT NULL, c timestamptz DEFAULT '-infinity');
CREATE DOMAIN long AS text CHECK (length(value) > 4);
CREATE DOMAIN odd AS text CHECK (hashtext(value) % 2 <> 0);
CREATE TABLE right_rare (id int PRIMARY KEY, a long NOT NULL, b odd NOT NULL, c long NOT NULL, d odd NOT NULL, e odd NOT NULL);
CREATE DOMAIN longer AS text CHECK (length(value) > 10);
CREATE TABLE right_rarer (id int PRIMARY KEY, a longer NOT NULL, b longer NOT NULL, c longer NOT NULL, d longer NOT NULL, e longer NOT NULL, f longer NOT NULL);
CREATE DOMAIN unfound AS text CHECK (hashtext(value) = 1234567 AND length(value) = 31);
CREATE TABLE left_rarer (id int PRIMARY KEY, a unfound NOT NULL);
CREATE TABLE left_length (id int PRIMARY KEY, a varchar(3) NOT NULL, b text NOT NULL CHECK (hashtext(b) % 2 < 10 / length(b)));
CREATE TABLE left_rule (id int PRIMARY KEY, a int NOT NULL CHECK (a > 0), b text NOT NULL CHECK (hashtext(b) % 2 < 10 / length(b)));
CREATE TABLE left_default (
    id int PRIMARY KEY, a int NOT NULL CHECK (a > 0), made timestamptz NOT NULL DEFAULT now(),
    gone timestamptz CHECK (gone >= made)
);
CREATE TABLE left_moment (
    id int PRIMARY KEY, made timestamptz NOT NULL DEFAULT now(), gone timestamptz CHECK (gone >= made)
);
CREATE TABLE left_raised (id int PRIMARY KEY, a varchar(3) NOT NULL CHECK (char_length(a) < 4));
CREATE TABLE left_alone (id int PRIMARY KEY, a int NOT NULL CHECK (a > 0));
CREATE TABLE left_path (id int PRIMARY KEY, p ltree NOT NULL);
CREATE TABLE right_behind (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT a CHECK (n < 5), CONSTRAINT b CHECK (n < 100));
CREATE TABLE left_behind (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT a CHECK (n < 5), CONSTRAINT b CHECK (n < 100));
CREATE TABLE right_bound (id int PRIMARY KEY, n int NOT NULL CHECK (n * 7 + 3 < 7777777));
CREATE TABLE left_bound (id int PRIMARY KEY, n int NOT NULL CHECK (n * 7 + 3 < 7777777));
";

/// One table is wrong in each way.
fn wrong(generated: &mut Generated, subjects: &mut [Subject]) {
    let mut replace = |file: &str, from: &str, to: &str| {
        let mut files = generated.contracts.iter_mut();
        let file = files.find(|found| found.name == file).unwrap();
        assert!(file.text.contains(from), "{from} is not in {}", file.text);
        file.text = file.text.replace(from, to);
    };
    replace(
        "accepts.rs",
        "A_MAX_LENGTH: usize = 3",
        "A_MAX_LENGTH: usize = 4",
    );
    replace(
        "rejects.rs",
        "A_MAX_LENGTH: usize = 3",
        "A_MAX_LENGTH: usize = 2",
    );
    let last = "        violations\n    }";
    replace(
        "orders.rs",
        last,
        &format!("        violations.reverse();\n{last}"),
    );
    for file in ["left_length.rs", "left_raised.rs"] {
        replace(file, "A_MAX_LENGTH: usize = 3", "A_MAX_LENGTH: usize = 4");
    }
    for file in ["left_rule.rs", "left_default.rs"] {
        replace(file, "a > 0", "a >= 0");
    }
    replace("left_moment.rs", "gone >= made", "gone > made");
    replace(
        "left_alone.rs",
        "Checked { a: self.a }",
        "Checked { a: None }",
    );
    replace(
        "left_path.rs",
        "!postgres::ltree(&self.p)",
        "self.p.0.contains('\\0')",
    );
    replace("left_behind.rs", "n < 100", "n < 1000");
    replace("left_bound.rs", "7777777", "7777781");
    for subject in subjects {
        match subject.name.name.as_str() {
            "narrows" => subject.columns[1].narrower.clear(),
            // The tree says the opposite.
            "left_tree" => {
                let rule = &mut subject.trees[0];
                rule.tree = Expr::Not(Box::new(rule.tree.clone()));
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_is_wrong_is_noticed_and_the_row_is_simple() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twins.sql");
    std::fs::write(&file, TWINS).unwrap();
    let arguments = Arguments {
        schema_file: vec![file],
        without_checks: false,
        ..arguments(200, 7)
    };
    let report = report(&workspace(), arguments, Some(wrong)).await;
    let table = |name: &str| -> &TableReport {
        let name = format!("public.{name}");
        report
            .tables
            .iter()
            .find(|table| table.name == name)
            .unwrap()
    };
    let counts = |name: &str| {
        let table = table(name);
        [
            table.false_accepts > 0,
            table.false_rejects > 0,
            table.wrong_order > 0,
            table.misread > 0,
        ]
    };
    assert_eq!(counts("right_ones"), [false; 4], "{}", report.text());
    assert_eq!(
        counts("accepts"),
        [true, false, false, false],
        "{}",
        report.text()
    );
    assert_eq!(
        counts("rejects"),
        [false, true, false, false],
        "{}",
        report.text()
    );
    assert_eq!(
        counts("orders"),
        [false, false, true, false],
        "{}",
        report.text()
    );
    assert_eq!(
        counts("narrows"),
        [false, true, false, false],
        "{}",
        report.text()
    );
    // A rule behind another that refuses the same rows, and a bound that no constant names.
    for (right, left) in [
        ("right_behind", "left_behind"),
        ("right_bound", "left_bound"),
    ] {
        assert_eq!(counts(right), [false; 4], "{}", report.text());
        assert_eq!(
            counts(left),
            [true, false, false, false],
            "{}",
            report.text()
        );
    }
    // What is left to the database hides nothing else: the same tables, all right and together, do not differ.
    assert_eq!(counts("right_left"), [false; 4], "{}", report.text());
    assert_eq!(counts("right_default"), [false; 4], "{}", report.text());
    assert_eq!(counts("right_parts"), [false; 4], "{}", report.text());
    // Its domain's rule is asked of each element.
    assert!(
        table("right_parts").undecided.is_empty(),
        "{}",
        report.text()
    );
    assert_eq!(counts("right_domains"), [false; 4], "{}", report.text());
    // Values of domains are drawn again until all are good.
    assert_eq!(table("right_rare").undecided_table, None);
    assert_eq!(counts("right_rare"), [false; 4], "{}", report.text());
    assert_eq!(table("right_rarer").undecided_table, None);
    assert_eq!(counts("right_rarer"), [false; 4], "{}", report.text());
    // Where none is found, nothing is said to be proved.
    let left = table("left_rarer");
    assert!(
        left.undecided_table.is_some() && left.inserts == 0,
        "{left:#?}"
    );
    // Rows that take the defaults of two of its columns cannot be read; the other columns are proved all the same.
    assert_eq!(counts("right_infinite"), [false; 4], "{}", report.text());
    let infinite: Vec<Proof> = table("right_infinite")
        .columns
        .iter()
        .map(|column| column.proof.clone())
        .collect();
    assert_eq!(
        infinite,
        [Proof::Exact, Proof::Exact, Proof::Narrower, Proof::Narrower]
    );
    let undecided: Vec<&str> = table("right_left")
        .undecided
        .keys()
        .map(String::as_str)
        .collect();
    for reason in ["right_left_b_check", "default of made", "p: whether"] {
        assert!(
            undecided.iter().any(|found| found.contains(reason)),
            "{reason}: {undecided:#?}"
        );
    }
    for (name, expected) in [
        ("left_length", [true, false, false, false]),
        ("left_rule", [true, false, false, false]),
        ("left_default", [true, false, true, false]),
        ("left_moment", [false, true, false, false]),
        ("left_raised", [false, true, true, false]),
        ("left_alone", [true, false, false, false]),
        ("left_path", [true, false, false, false]),
    ] {
        assert_eq!(counts(name), expected, "{name}\n{}", report.text());
    }
    let branches = |name: &str| &table(name).branches;
    let right = branches("right_branches");
    assert_eq!((right.checks, right.branches), (5, 18), "{right:#?}");
    for word in [right.is_true, right.is_false, right.is_null] {
        assert_eq!(word.seen, word.possible, "{right:#?}");
        assert!(word.decided >= 8, "{right:#?}");
    }
    assert_eq!(right.broken_alone, 5, "{right:#?}");
    assert_eq!(counts("right_branches"), [false; 4], "{}", report.text());
    // What no row can show is told, and so is what a wrong tree foretells.
    let never = &branches("left_branches").not_reached;
    let unseen: Vec<&str> = never
        .iter()
        .filter(|missing| !missing.seen)
        .map(|missing| missing.branch.as_str())
        .collect();
    assert_eq!(unseen, [r#"(("n" = 1) AND ("n" = 2))"#], "{never:#?}");
    let told = branches("left_tree");
    assert_eq!((told.possible(), told.decided()), (4, 0), "{told:#?}");
    assert!(
        report
            .text()
            .contains("not reached: public.left_branches: CHECK never")
    );
    let first = |name: &str| &table(name).found[0];
    let accepts = first("accepts");
    assert_eq!(accepts.category, Category::FalseAccept);
    assert_eq!(accepts.columns, ["a"]);
    // The shortest text that is too long for the database.
    let simplest = r#"INSERT INTO "public"."accepts" ("id", "a") VALUES ('1', 'aaaa');"#;
    assert_eq!(accepts.sql.len(), simplest.len(), "{}", accepts.sql);
    assert!(
        first("rejects").sql.contains("'aaa'"),
        "{}",
        first("rejects").sql
    );
    assert_eq!(first("orders").columns, ["a", "b"]);
    assert_eq!(table("accepts").columns[1].proof, Proof::Differs);
    assert_eq!(table("accepts").columns[0].proof, Proof::Exact);
    assert!(report.disagreements() > 10);
    assert!(report.text().contains("FALSE ACCEPT: public.accepts (a)"));
    let document = report::document(&[report]).unwrap();
    assert!(document["sums"]["false_accepts"].as_u64() > Some(0));
    assert!(document["branches"]["is_null"]["seen"].as_u64() > Some(3));
}
