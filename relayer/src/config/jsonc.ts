/**
 * JSON of JSON with comments: line and block comments, and a comma before a closing bracket, become spaces. Line breaks
 * and the place of everything else stay, so that a parser's complaint points to the right line.
 *
 * @example stripComments('{ "a": 1, // one\n}') // '{ "a": 1        \n}'
 * @throws SyntaxError when a block comment does not end.
 */
export function stripComments(text: string): string {
  // A string or a comment. Strings first: "//" in one is text.
  const token = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
  const plain = text.replace(token, (match) => {
    if (match.startsWith('"')) return match;
    if (match.startsWith("/*") && (match.length < 4 || !match.endsWith("*/")))
      throw new SyntaxError("a block comment (/*) does not end");
    return blank(match);
  });
  // A comma after a value and before a bracket; any other stray comma stays an error.
  return plain.replace(/"(?:[^"\\\n]|\\.)*"|(?<=["}\]\w]\s*),(?=\s*[}\]])/g, (match) => (match === "," ? " " : match));
}

const blank = (text: string): string => text.replace(/[^\r\n]/g, " ");
