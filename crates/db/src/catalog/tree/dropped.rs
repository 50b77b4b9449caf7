//! What of a tree says nothing of its value, or is written by some versions of PostgreSQL only.

use super::super::node::CatalogNode;

/// What says nothing of an expression's value: places in the source text, types of results that follow from what gives
/// them, what the planner notes, and whether a cast was written or implied, which a dump changes. Fields that came between
/// PostgreSQL 15 and 18 and follow from others are among them.
const DROPPED: [&str; 67] = [
    "aggpresorted",
    "alias",
    "array_collid",
    "array_typeid",
    "casecollid",
    "casetype",
    "checkAsUser",
    "coalescecollid",
    "coalescetype",
    "coerceformat",
    "coercionformat",
    "collation",
    "constbyval",
    "constcollid",
    "constlen",
    "consttypmod",
    "convertformat",
    "element_typeid",
    "eref",
    "extraUpdatedCols",
    "funccollid",
    "funcformat",
    "funcresulttype",
    "funcretset",
    "hasGroupRTE",
    "hashfuncid",
    "insertedCols",
    "list_end",
    "list_start",
    "location",
    "mergeTargetRelation",
    "mergeUseOuterJoin",
    "minmaxcollid",
    "minmaxtype",
    "negfuncid",
    "opcollid",
    "opfuncid",
    "opresulttype",
    "opretset",
    "perminfoindex",
    "queryId",
    "refcollid",
    "refcontainertype",
    "refelemtype",
    "refrestype",
    "reftypmod",
    "relabelformat",
    "rellockmode",
    "requiredPerms",
    "resorigcol",
    "resorigtbl",
    "resultcollid",
    "returningNewAlias",
    "returningOldAlias",
    "reverse_sort",
    "row_format",
    "rteperminfos",
    "selectedCols",
    "stmt_len",
    "stmt_location",
    "typeId",
    "typeMod",
    "updatedCols",
    "varcollid",
    "varnullingrels",
    "varreturningtype",
    "vartype",
];
const DROPPED_OF_VARIABLES: [&str; 3] = ["varnosyn", "varattnosyn", "vartypmod"];

/// Fields that some versions lack, or write for fewer nodes, with the value that says nothing more than their absence.
const UNSET: [(&str, &str); 5] = [
    ("functype", "0"),
    ("indent", "false"),
    ("inh", "false"),
    ("lateral", "false"),
    ("relid", "0"),
];

/// Whether a field of a node is left out.
pub(super) fn is_dropped(node: &str, field: &str, values: &[CatalogNode]) -> bool {
    let says_nothing = match values {
        [CatalogNode::Nothing] => true,
        [CatalogNode::Word(word)] => UNSET.contains(&(field, word.as_str())),
        _ => false,
    };
    says_nothing
        || DROPPED.contains(&field)
        || node == "VAR" && DROPPED_OF_VARIABLES.contains(&field)
}

/// The name that a field had in PostgreSQL 15.
pub(super) fn first_name(field: &str) -> &str {
    match field {
        "cmptype" => "rctype",
        field => field,
    }
}
