// Strings to sign: with visible whitespace, differences, bytes and a shell command that signs them.

import { make, more } from "./dom.js";

// Shows whitespace in a string. `parts` are [text, is different] pairs.
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

// Splits two texts into equal and different parts.
function compare(one, two) {
  const rows = together(one, two);
  return [rows.map(([left, , differs]) => [left, differs]), rows.map(([, right, differs]) => [right, differs])];
}

// Returns [part of one, part of two, differs] in order, from the longest common subsequence.
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

// Merges short equal parts, such as a slash shared by two different URLs, into the difference.
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

// Shows eight bytes in a row, which fits narrow screens.
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
  const area = make("textarea", { spellcheck: false, placeholder: "Paste your string to sign" });
  area.setAttribute("aria-label", "Your string to sign");
  const result = make("div", { role: "status" });
  area.addEventListener("input", () => {
    result.replaceChildren();
    if (area.value === "") return;
    if (area.value === expected) {
      const same =
        "Identical. Check the secret key, and that the signature is the Base64-encoded HMAC-SHA256. " +
        "Line endings are compared as line feeds here.";
      result.append(make("p", { className: "hint" }, same));
      return;
    }
    result.append(
      make("h3", {}, "Your string, with differences"),
      visible(compare(expected, area.value)[1]),
    );
  });
  return more("Compare with your string to sign", area, result);
}

// Shows the expected string to sign, the one that was signed, and tools to find the difference.
export function strings({ expected, signed }) {
  if (expected === null) return [];
  const [right, wrong] = signed ? compare(expected.text, signed.text) : [[[expected.text, false]], []];
  const panel = (title, parts, hex) =>
    make("div", {}, make("h3", {}, title), visible(parts), more("Bytes", dump(hex)));
  return [
    make(
      "div",
      { className: "pair" },
      panel("Expected string to sign", right, expected.hex),
      signed ? panel("Signed string", wrong, signed.hex) : null,
    ),
    comparison(expected.text),
    more(
      "Compute the signature in a shell",
      make("pre", {}, shellCommand(expected.text)),
      make("p", { className: "hint" }, "With the secret key in that variable, this prints the correct signature."),
    ),
  ];
}
