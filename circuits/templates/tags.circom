pragma circom 2.2.0;

// Generated from tags.json by codegen/generate.ts. The Poseidon initial state of each use.

function TAG_OWNER() { return 1927211928798054212978; }
function TAG_PRE() { return 29406920300327525; }
function TAG_NOTE() { return 7528171596850099301; }
function TAG_SPEND() { return 1927211928815116054116; }
function TAG_LOCK() { return 7528171596816540523; }
function TAG_TREE() { return 7528171596950955365; }
function TAG_DIGEST() { return 493366253760147003634548; }
function TAG_SEAL() { return 7528171596933325164; }
function TAG_SEIZED() { return 493366253776622533109092; }
function TAG_SEIZED_EPHEMERAL() { return 596443202717102532279367177208016260689552367980; }
function TAG_REST() { return 7528171596916552564; }
