import fc from "fast-check";
import { expect, test } from "vitest";

import { textOfHtml } from "../src/html.ts";

test.each([
  ["<p>Hello <b>Anna</b></p><p>bye</p>", "Hello Anna\n\nbye"],
  ["<h1>Order</h1>one &amp; two", "Order\n\none & two"],
  ['see <a href="https://example.com/?token=1">the order</a>', "see the order"],
  ["<blockquote>quoted<blockquote>deeper</blockquote></blockquote>mine", "quoted\n\ndeeper\n\nmine"],
  ["<style>p{}</style><script>alert(1)</script>text<img src=x alt=pic>", "text"],
  ["plain", "plain"],
  ["", ""],
])("%s", (html, text) => expect(textOfHtml(html).trim()).toBe(text));

const evil = [
  ["deep", "<div>".repeat(13_000)],
  ["deep lists", "<ul><li>".repeat(8000)],
  ["indented", "<ul><li>".repeat(30) + "x<br>".repeat(12_000)],
  ["indented far", "<ul><li>".repeat(500) + "x<br>".repeat(12_000)],
  ["nothing but rules", "<hr>".repeat(16_000)],
  ["deep quotes", "<blockquote>".repeat(50) + "x<br>".repeat(12_000)],
  ["deep tables", "<table><tr><td>".repeat(4000)],
  ["open brackets", "<".repeat(65_536)],
  ["open tags", "<a ".repeat(21_000)],
  ["one long tag", `<a ${"b=c ".repeat(16_000)}`],
  ["entities", "&#x41;&lt;".repeat(6000)],
  ["open comment", `<!--${"-".repeat(65_000)}`],
  ["many siblings", "<p>x</p>".repeat(8000)],
  ["wide table", `<table><tr>${"<td colspan=1000 rowspan=1000>x</td>".repeat(1800)}</tr></table>`],
] as const;
test.each(evil)("%s HTML of the largest size takes no long time and gets no longer", (_, html) => {
  const start = performance.now();
  expect(textOfHtml(html).length).toBeLessThanOrEqual(html.length);
  expect(performance.now() - start).toBeLessThan(1000);
});

test("words between tags come through, however the tags are nested", () => {
  expect(textOfHtml(`${"<div>".repeat(20_000)}my words`)).toContain("my words");
  const tag = fc.constantFrom(
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<br>",
    "<ul><li>",
    "</li></ul>",
    "<td>",
    "<div>",
    "</div>",
  );
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 200 }), (tags) => {
      expect(textOfHtml(`${tags.join("")}Lindqvist${tags.join("")}`)).toContain("Lindqvist");
    }),
  );
});
