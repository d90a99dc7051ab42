import { aliasOfBits } from "../../circuits/lies.ts";
import {
  addPoints,
  base8,
  multiply,
  orderEight,
  sign,
  signatureChallenge,
  spendingKey,
  subgroupOrder as l,
} from "../../reference/crypto.ts";
import type { JubPoint } from "../../reference/crypto.ts";
import { createRandom, q } from "../../reference/field.ts";
import { keyOffCurve } from "../offCurve.ts";
import { fails, holds } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

interface Claim {
  readonly key: JubPoint;
  readonly message: bigint;
  readonly r8: JubPoint;
  readonly s: bigint;
}

const inputs = ({ key, message, r8, s }: Claim): Readonly<Record<string, bigint>> => ({
  keyX: key.x,
  keyY: key.y,
  message,
  r8x: r8.x,
  r8y: r8.y,
  s,
});
const modL = (value: bigint): bigint => ((value % l) + l) % l;
const random = createRandom(6405);
const [secret, nonce] = [random(250), random(250)];
const identity: JubPoint = { x: 0n, y: 1n };

function signed(message: bigint, keyShift = identity, nonceShift = identity, challengePlus = 0n): Claim {
  const key = addPoints(multiply(base8, secret), keyShift);
  const r8 = addPoints(multiply(base8, nonce), nonceShift);
  return {
    key,
    message,
    r8,
    s: modL(nonce + 8n * (signatureChallenge(r8, key, message) + challengePlus) * secret),
  };
}

/** The first message from 0 with the property: hashes are what they are. */
function first(property: (claim: Claim) => boolean): Claim {
  for (let message = 0n; ; message++) {
    const claim = signed(message);
    if (property(claim)) return claim;
  }
}

function statements(): Statement[] {
  const good = signed(5n);
  const other = spendingKey(50);
  const forger = keyOffCurve(random);
  const r8 = multiply(base8, 12n);
  const small = Array.from({ length: 8 }, (_, k) => multiply(orderEight, BigInt(k)));
  const aliased = first((claim) => signatureChallenge(claim.r8, claim.key, claim.message) + q < 2n ** 254n);
  const short = first(({ s }) => s + 2n * l < 2n ** 252n);
  return [
    ...[0n, 1n, q - 1n].map((message) =>
      holds(`circomlibjs's signature of ${message}`, inputs({ key: other.point, message, ...sign(other, message) })),
    ),
    holds("a signature", inputs(good)),
    holds("by a key with a part of small order", inputs(signed(5n, small[1]))),
    fails("of another message", inputs({ ...good, message: 6n })),
    fails("with S one more", inputs({ ...good, s: modL(good.s + 1n) })),
    fails("with −S", inputs({ ...good, s: modL(-good.s) })),
    fails("with −R8", inputs({ ...good, r8: { ...good.r8, x: q - good.r8.x } })),
    fails("by another key", inputs({ ...good, key: other.point })),
    fails("by −A", inputs({ ...good, key: { ...good.key, x: q - good.key.x } })),
    fails("with S + 2·l", inputs({ ...short, s: short.s + 2n * l })),
    fails("with S + 3·l", inputs({ ...good, s: good.s + 3n * l })),
    ...small.map((key) => fails("anybody's under a key of small order", inputs({ key, message: 5n, r8, s: 12n }))),
    ...[1, 2, 4].flatMap((k) => {
      const mixed = signed(5n, identity, small[k]);
      return [
        fails(`with R8 of mixed order ${8 / k}`, inputs(mixed)),
        fails(`with R8 of mixed order ${8 / k} and −S`, inputs({ ...mixed, s: modL(-mixed.s) })),
      ];
    }),
    fails("by a key off the curve, forged", inputs(forge(forger, r8))),
    fails("with R8 off the curve", inputs({ ...good, r8: { x: 2n, y: 3n } })),
    {
      ...fails(
        "of the challenge plus q",
        inputs({
          ...aliased,
          s: modL(aliased.s + 8n * q * secret),
        }),
      ),
      lies: [{ file: "bitify.circom", find: aliasOfBits[0], replace: aliasOfBits[1] }],
    },
  ];
}

/** 8·A counts as secret·Base8. */
function forge({ key, secret: eighth }: { key: JubPoint; secret: bigint }, r8: JubPoint): Claim {
  const message = 5n;
  return { key, message, r8, s: modL(12n + signatureChallenge(r8, key, message) * eighth) };
}

export const signatureSuites: readonly Suite[] = [
  {
    name: "VerifySignature",
    component: { file: "signature.circom", call: "VerifySignature()" },
    statements,
    searched: 0,
  },
];
