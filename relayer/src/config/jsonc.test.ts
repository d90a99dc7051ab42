import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stripComments } from "./jsonc.ts";

const parse = (text: string): unknown => JSON.parse(stripComments(text));

describe("stripComments", () => {
  test("default: both comments and a last comma", () => {
    expect(parse('// top\n{\n  "a": 1, // one\n  /* two\n lines */ "b": [1, 2, /* last */ ],\n}\n')).toEqual({
      a: 1,
      b: [1, 2],
    });
    expect(stripComments('{ "a": 1, // one\n}')).toBe('{ "a": 1        \n}');
  });

  test("behavior: what looks like one inside a string is text", () => {
    const text = '{"url":"http://a/*b*/","quote":"\\"// no","comma":",]","slash":"\\\\"}';
    expect(stripComments(text)).toBe(text);
  });

  test("behavior: JSON stays as it is, character for character", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(stripComments(text)).toBe(text);
      }),
    );
  });

  test("behavior: places stay", () => {
    const text = '{ /* a\r\n b */ "c": x }';
    expect(stripComments(text).indexOf("x")).toBe(text.indexOf("x"));
    expect(stripComments(text).split("\n")).toHaveLength(2);
  });

  test("error: a comment that does not end; JSON that is none", () => {
    expect(() => stripComments('{"a": 1 /* b }')).toThrow("does not end");
    expect(() => stripComments("{} /*/")).toThrow("does not end");
    for (const text of ["{,}", "[,]", "[1,,]", '{"a":,}']) expect(() => parse(text), text).toThrow(SyntaxError);
  });
});
