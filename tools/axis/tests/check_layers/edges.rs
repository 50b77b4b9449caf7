//! Every wrong edge, in every way that a manifest can state it, refused by the one that is responsible.
//!
//! The tables below are written by hand, apart from axis.toml and deny.toml: a rule that disappears from those is missed here.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::skeleton::{INNOCENT, Kind, Skeleton};

/// Who refuses an edge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Held {
    /// Nobody: the edge is lawful.
    Allowed,
    /// It is lawful for tests; `axis check layers` refuses it elsewhere. cargo-deny does not tell the kinds apart.
    ForTests,
    /// Both.
    Both,
    /// cargo-deny: no layer is kept from the crate by axis.toml, and its wrappers are few.
    Deny,
    /// `axis check layers`: cargo-deny cannot ban what has no lawful dependent, nor what half of the tree is made of.
    Layers,
    /// Cargo, because the edge closes a circle. In dev-dependencies, where Cargo lets circles be, both others.
    Cargo,
    /// Cargo, and in dev-dependencies `axis check layers`.
    CargoOrLayers,
}

/// `+` allowed, `t` for tests, `b` both, `d` cargo-deny, `l` `axis check layers`, `C` Cargo or both, `c` Cargo or layers.
/// The names at the head are those that are depended on.
const BETWEEN_PACKAGES: &str = "
                     axis-db axis-db-contract axis-schema axis-adapters axis axis-local-postgres axis-testkit
axis-db                 .           C             C            c         c            t               t
axis-db-contract        +           .             C            c         l            b               t
axis-schema             b           +             .            c         l            b               b
axis-adapters           +           +             +            .         l            b               t
axis                    +           b             b            l         .            +               t
axis-local-postgres     b           b             b            l         c            .               C
axis-testkit            b           b             b            l         l            +               .
";

const TO_CRATES_OF_OTHERS: &str = "
                     axum garde bb8 tokio-postgres diesel diesel-async tracing log metrics serde moka
axis-db               b     b    +        +          +         +          l     l     l      l    l
axis-db-contract      b     +    b        b          +         b          l     l     l      +    l
axis-schema           b     +    b        b          b         b          l     l     l      +    l
axis-adapters         +     +    d        d          +         +          +     +     +      +    +
axis                  d     +    d        +          +         d          +     +     +      +    +
axis-local-postgres   d     d    d        +          +         +          +     +     +      +    +
axis-testkit          d     d    d        +          +         +          +     +     +      +    +
";

/// One wrong edge, in one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) kind: Kind,
    pub(crate) held: Held,
}

impl Case {
    /// Whether it is a wrong at all.
    pub(crate) fn is_wrong(self) -> bool {
        match self.held {
            Held::Allowed => false,
            Held::ForTests => self.kind != Kind::Dev,
            _ => true,
        }
    }

    fn by_cargo(self) -> bool {
        matches!(self.held, Held::Cargo | Held::CargoOrLayers) && self.kind != Kind::Dev
    }

    pub(crate) fn by_layers(self) -> bool {
        self.is_wrong() && self.held != Held::Deny && !self.by_cargo()
    }

    fn by_deny(self) -> bool {
        matches!(self.held, Held::Both | Held::Deny | Held::Cargo) && !self.by_cargo()
    }

    /// What `axis check layers` says of it.
    pub(crate) fn finding(self) -> String {
        let Self { from, to, kind, .. } = self;
        format!("{from} depends on {to} ({})", kind.word())
    }
}

/// Tries edges that are in one manifest in one way: each that is wrong is found, and nothing else is.
fn judge(group: &[Case]) {
    let [first, ..] = group else {
        return;
    };
    let (from, kind) = (first.from, first.kind);
    let skeleton = (group.iter()).fold(Skeleton::new(), |skeleton, case| {
        skeleton.with(from, case.to, kind)
    });
    let laid = skeleton.lay_out();
    let layers = laid.layers();
    let text = &layers.text;
    if group.iter().any(|case| case.by_cargo()) {
        let circle = !layers.passed && text.contains("cyclic package dependency");
        assert!(circle && group.len() == 1, "{group:?}:\n{text}");
        return;
    }
    let place = format!("{from}/Cargo.toml:");
    let mut found: Vec<&str> = (text.lines())
        .filter(|line| line.starts_with(&place))
        .filter_map(|line| Some(line.split_once(": ")?.1))
        .collect();
    for case in group.iter().filter(|case| case.by_layers()) {
        let finding = case.finding();
        let at = found.iter().position(|line| line.starts_with(&finding));
        let at = at.unwrap_or_else(|| panic!("{case:?} is not found in\n{text}"));
        found.remove(at);
    }
    assert!(found.is_empty(), "{group:?}: {found:?} too");
    let count = group.iter().filter(|case| case.by_layers()).count();
    assert_eq!(layers.passed, count == 0, "{group:?}:\n{text}");
    let things = format!("{count} thing");
    assert!(count == 0 || text.contains(&things), "{group:?}:\n{text}");
    if !super::cargo_deny() {
        return;
    }
    let deny = laid.deny(&["bans"]);
    let text = &deny.text;
    for case in group.iter().filter(|case| case.by_deny()) {
        let words = format!(
            "direct parent '{from} = 0.0.0' of banned crate '{} = ",
            case.to
        );
        assert_eq!(text.matches(&words).count(), 1, "{case:?} in\n{text}");
    }
    let count = group.iter().filter(|case| case.by_deny()).count();
    assert_eq!(deny.passed, count == 0, "{group:?}:\n{text}");
    let refused = text.matches("error[unmatched-wrapper]").count();
    assert_eq!(refused, count, "{group:?}:\n{text}");
}

/// Those that one manifest can hold in one way without a circle; each alone if that is asked for, which takes a few minutes.
fn groups(cases: Vec<Case>) -> Vec<Vec<Case>> {
    let alone = std::env::var_os("AXIS_LONG_TESTS").is_some();
    let mut groups: Vec<Vec<Case>> = Vec::new();
    for case in cases {
        let group = (groups.iter_mut()).find(|group| {
            let same = |other: &Case| {
                (other.from, other.kind) == (case.from, case.kind)
                    && !other.by_cargo()
                    && !case.by_cargo()
            };
            !alone && group.iter().all(same)
        });
        match group {
            Some(group) => group.push(case),
            None => groups.push(vec![case]),
        }
    }
    groups
}

/// Every edge of both tables in every way.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for table in [BETWEEN_PACKAGES, TO_CRATES_OF_OTHERS] {
        let mut lines = table.lines().filter(|line| !line.is_empty());
        let targets: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        for line in lines {
            let mut words = line.split_whitespace();
            let from = words.next().unwrap();
            let cells: Vec<&str> = words.collect();
            assert_eq!(cells.len(), targets.len(), "{line}");
            for (to, cell) in targets.iter().zip(cells) {
                let held = match cell {
                    "." => continue,
                    "+" => Held::Allowed,
                    "t" => Held::ForTests,
                    "b" => Held::Both,
                    "d" => Held::Deny,
                    "l" => Held::Layers,
                    "C" => Held::Cargo,
                    "c" => Held::CargoOrLayers,
                    other => panic!("{other} stands for nothing"),
                };
                cases.extend(Kind::ALL.map(|kind| Case {
                    from,
                    to,
                    kind,
                    held,
                }));
            }
        }
    }
    cases
}

#[test]
fn every_wrong_edge_is_refused_by_the_one_that_is_responsible() {
    let wrong: Vec<Case> = cases().into_iter().filter(|case| case.is_wrong()).collect();
    let count = wrong.len();
    assert!(count >= 400, "the tables have lost their edges: {count}");
    let groups = groups(wrong);
    assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), count);
    for_each(&groups, |group| judge(group));
}

/// The twins: an edge differs from a wrong one by its end, a crate that nothing forbids, or by its beginning, a package that
/// may. They are all the lawful edges of the tables, and one to the innocent crate in each manifest in each way.
#[test]
fn the_same_edge_to_or_from_another_passes() {
    let cases = cases();
    let mut twins: Vec<Case> = (cases.iter())
        .filter(|case| !case.is_wrong())
        .copied()
        .collect();
    for case in cases.iter().filter(|case| case.is_wrong()) {
        let innocent = Case {
            to: INNOCENT,
            held: Held::Allowed,
            ..*case
        };
        let known = (twins.iter())
            .any(|twin| (twin.from, twin.to, twin.kind) == (case.from, INNOCENT, case.kind));
        if !known {
            twins.push(innocent);
        }
    }
    assert!(twins.len() >= 250, "{}", twins.len());
    for_each(&groups(twins), |group| judge(group));
}

/// Which only warns, unless cargo-deny is told otherwise. Between packages, `axis check layers` sees it as well.
#[test]
fn a_wrapper_that_nobody_needs_is_refused() {
    if !super::cargo_deny() {
        return;
    }
    let rules = super::repository::file("deny.toml");
    let needed = "crate = \"bb8\"\nwrappers = [\"axis-db\"]";
    assert_eq!(rules.matches(needed).count(), 1);
    for (wrapper, passes) in [
        ("axis-db", true),
        ("axis-testkit", false),
        ("axis-tsetkit", false),
    ] {
        let stated = format!("crate = \"bb8\"\nwrappers = [\"axis-db\", \"{wrapper}\"]");
        let stated = if passes { needed } else { &stated };
        let laid = Skeleton::new()
            .file("deny.toml", rules.replace(needed, stated))
            .lay_out();
        let deny = laid.deny(&["bans"]);
        assert_eq!(deny.passed, passes, "{wrapper}:\n{}", deny.text);
        assert!(passes || deny.text.contains(wrapper), "{}", deny.text);
    }
}

/// The tables name every package of the repository, and axis.toml's edges are theirs.
#[test]
fn the_tables_know_every_package() {
    let answer = Skeleton::new().lay_out().layers();
    assert!(answer.passed, "{}", answer.text);
    let of_packages: Vec<Case> = (cases().into_iter())
        .filter(|case| case.kind == Kind::Normal && case.to.starts_with("axis"))
        .collect();
    let count = |held: fn(Held) -> bool| of_packages.iter().filter(|case| held(case.held)).count();
    let said = format!(
        "knows {} edges between them: {} allowed, {} for tests only, {} forbidden",
        of_packages.len(),
        count(|held| held == Held::Allowed),
        count(|held| held == Held::ForTests),
        count(|held| !matches!(held, Held::Allowed | Held::ForTests)),
    );
    assert!(
        answer.text.contains(&said),
        "{said:?} is not in {}",
        answer.text
    );
}

/// Most of the time goes into starting Cargo.
pub(crate) fn for_each<T: Sync>(all: &[T], judge: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    judge(one);
                }
            });
        }
    });
}
