pragma circom 2.2.0;

// Generated from instances.json by codegen/generate.ts.

include "../templates/margin.circom";

component main { public [r] } = Margin(16, 4);
