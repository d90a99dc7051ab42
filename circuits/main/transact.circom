pragma circom 2.2.0;

// Generated from instances.json by codegen/generate.ts.

include "../templates/transact.circom";

component main { public [r] } = Transact(16, 3);
