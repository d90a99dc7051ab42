pragma circom 2.2.0;

// Generated from instances.json by codegen/generate.ts.

include "../templates/settle.circom";

component main { public [r] } = Settle(16, 5);
