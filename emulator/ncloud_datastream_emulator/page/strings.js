// Strings to sign: made visible, compared, as bytes, and as a command that signs them.

import { make, more } from "./dom.js";

// The string with what cannot be seen made visible. `parts` are [text, is different] pairs.
function visible(parts) {
  const pre = make("pre", { className: "text" });
  for (const [text, differs] of parts) {
    const place = differs ? make("mark") : document.createDocumentFragment();
    for (const piece of text.split(/(\r|\n| )/)) {
      if (piece === "\n") place.append(make("span", { className: "nl" }), "\n");
      else if (piece === "\r") place.append(make("span", { className: "cr" }));
      else if (piece === " ") place.append(make("span", { className: "sp" }, " "));
      else if (piece) place.append(piece);
    }
    pre.append(place);
  }
  pre.append(make("span", { className: "end" }));
  return pre;
}

const LARGEST_TABLE = 1_000_000;

// Splits two texts into parts that are the same in both and parts that differ.
function compare(one, two) {
  const rows = together(one, two);
  return [rows.map(([left, , differs]) => [left, differs]), rows.map(([, right, differs]) => [right, differs])];
}

// [part of the one, part of the other, do they differ?], in order: the longest common subsequence.
function together(one, two) {
  const left = one.match(/[\p{L}\p{N}]+|[^]/gu) ?? [];
  const right = two.match(/[\p{L}\p{N}]+|[^]/gu) ?? [];
  if (left.length * right.length > LARGEST_TABLE) return [[one, two, one !== two]];
  const width = right.length + 1;
  const longest = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      longest[i * width + j] =
        left[i] === right[j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
  const rows = [];
  const add = (a, b, differs) => {
    const row = rows.at(-1);
    if (row?.[2] === differs) [row[0], row[1]] = [row[0] + a, row[1] + b];
    else rows.push([a, b, differs]);
  };
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) add(left[i++], right[j++], false);
    else if (j === right.length || (i < left.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1]))
      add(left[i++], "", true);
    else add("", right[j++], true);
  }
  return withoutCrumbs(rows);
}

// A slash that two different addresses share by chance says nothing: it belongs to the difference.
function withoutCrumbs(rows) {
  const isCrumb = ([text, , differs], at) =>
    !differs && at > 0 && at < rows.length - 1 && text.length <= 2 && !text.includes("\n");
  const merged = [];
  rows.forEach((row, at) => {
    const differs = row[2] || isCrumb(row, at);
    const before = merged.at(-1);
    if (differs && before?.[2]) [before[0], before[1]] = [before[0] + row[0], before[1] + row[1]];
    else merged.push([row[0], row[1], differs]);
  });
  return merged;
}

// The bytes eight to a row, so that a narrow screen has room for them.
function dump(hex) {
  const bytes = hex.match(/../g) ?? [];
  const rows = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const row = bytes.slice(at, at + 8);
    const text = row.map((byte) => {
      const code = parseInt(byte, 16);
      return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : "·";
    });
    rows.push(`${at.toString(16).padStart(4, "0")}  ${row.join(" ").padEnd(23)}  ${text.join("")}`);
  }
  return make("pre", { className: "dump" }, rows.join("\n"));
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function shellCommand(text) {
  const lines = text.split("\n");
  const format = lines.map(() => "%s").join("\\n");
  return (
    `printf '${format}' ${lines.map(quoted).join(" ")} |\n` +
    `  openssl dgst -sha256 -hmac "$NCLOUD_SECRET_ACCESS_KEY" -binary | base64`
  );
}

function comparison(expected) {
  const area = make("textarea", { spellcheck: false, placeholder: "Paste the string that you signed" });
  area.setAttribute("aria-label", "The string that you signed");
  const result = make("div", { role: "status" });
  area.addEventListener("input", () => {
    result.replaceChildren();
    if (area.value === "") return;
    if (area.value === expected) {
      const same =
        "The same. What is left: the secret key is another one, or the HMAC is not the Base64 of " +
        "HMAC-SHA256. Line ends are compared as line feeds here.";
      result.append(make("p", { className: "hint" }, same));
      return;
    }
    result.append(
      make("h3", {}, "Yours, with what differs"),
      visible(compare(expected, area.value)[1]),
    );
  });
  return more("Compare with the string that your program signs", area, result);
}

// What a call should have signed beside what it signed, and the tools to find the difference.
export function strings({ expected, signed }) {
  if (expected === null) return [];
  const [right, wrong] = signed ? compare(expected.text, signed.text) : [[[expected.text, false]], []];
  const panel = (title, parts, hex) =>
    make("div", {}, make("h3", {}, title), visible(parts), more("Bytes", dump(hex)));
  return [
    make(
      "div",
      { className: "pair" },
      panel("String to sign of this request", right, expected.hex),
      signed ? panel("What was signed", wrong, signed.hex) : null,
    ),
    comparison(expected.text),
    more(
      "Make the signature at a shell",
      make("pre", {}, shellCommand(expected.text)),
      make("p", { className: "hint" }, "With the secret key in that variable this prints the right one."),
    ),
  ];
}
