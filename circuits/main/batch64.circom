pragma circom 2.2.0;

// Generated from instances.json by codegen/generate.ts.

include "../templates/batch.circom";

component main { public [r] } = Batch(16, 4, 2);
