import { expect, test } from "vitest";
import { html, plain } from "./html.ts";

const hostile = [
  `<b>bold</b><script>alert(1)</script>`,
  `</b></code>`,
  `<a href="https://evil.example">free money</a>`,
  `&lt;b&gt; & "quoted" &amp;amp;`,
  `5 < 6 > 4 && "x" 'y' \\ \` $\{z} _*[]()~#+-=|{}.!`,
  `\u202eright to left\u0000\n`,
  `emoji 🚀 ‮ zero​width`,
];

test.each(hostile)("what came from outside can be no tag and is read as it was written: %j", (name) => {
  const text = html`<b>${name}</b>`;
  expect(text.slice("<b>".length, -"</b>".length)).not.toMatch(/[<>"]|&(?!(amp|lt|gt|quot);)/);
  expect(plain(text)).toBe(name);
});

test("the template's own tags stay", () => {
  expect(html`<code>${7}</code>`).toBe("<code>7</code>");
});
