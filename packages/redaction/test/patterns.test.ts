import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["write to jo.smith+tag@mail.example.co.uk today", ["EMAIL jo.smith+tag@mail.example.co.uk"]],
  ["müller@bücher.example, thanks", ["EMAIL müller@bücher.example"]],
  ["it is jo @ mail . com really", ["EMAIL jo @ mail . com"]],
  ["log in as jo@intranet then", ["EMAIL jo@intranet"]],
  ["see https://x.io/a?b=c. Then go on", ["URL https://x.io/a?b=c"]],
  ["visit www.example.com/page today", ["URL www.example.com/page"]],
  ["ip 192.168.1.1 and 2001:db8::1 both", ["IP 192.168.1.1", "IP 2001:db8::1"]],
  ["mac 01:23:45:67:89:AB or 0012.3456.789a", ["MAC 01:23:45:67:89:AB", "MAC 0012.3456.789a"]],
  ["pay 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ please", ["CRYPTO_WALLET 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"]],
  [
    "to 0x52908400098527886E0F7030069857D2E4169EE7 then",
    ["CRYPTO_WALLET 0x52908400098527886E0F7030069857D2E4169EE7"],
  ],
  ["follow @katie_m there", ["USERNAME @katie_m"]],
])("finds in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  "we meet @ noon at the office then",
  "version 1.2.3.4.5 of it is out now",
  "it is 12:30:45 by the clock on the wall",
  "00:00:00:00:00:00 is what the display says there",
  "it works, e.g. here and i.e. there",
  "and so on... and on: then stop",
])("leaves %j alone", (text) => expect(found(text)).toEqual([]));

test.each([
  ["my email is joe dot bloggs at gmail dot com thanks", "EMAIL joe dot bloggs at gmail dot com"],
  [
    "k a t i e underscore m at hotmail dot co dot uk",
    "EMAIL k a t i e underscore m at hotmail dot co dot uk",
  ],
  ["it's annastar 65 gmailcom", "EMAIL annastar 65 gmailcom"],
  ["send it to info at g mail dot com", "EMAIL info at g mail dot com"],
])("finds the spoken address in %j", (text, expected) => expect(found(text)).toEqual([expected]));

test.each([
  ["meine Mail ist katrin punkt mueller at web punkt de", "EMAIL katrin punkt mueller at web punkt de"],
  ["hans bindestrich peter ät gmx punkt net", "EMAIL hans bindestrich peter ät gmx punkt net"],
  ["max unterstrich m klammeraffe firma punkt com", "EMAIL max unterstrich m klammeraffe firma punkt com"],
])("finds the German spoken address in %j", (text, expected) =>
  expect(found(text, "de")).toEqual([expected]),
);

test.each([
  "I was at home. It was cold.",
  "we met at the point of no return",
  "look at that dot on the screen",
])("takes no talk for a spoken address: %j", (text) => expect(found(text)).toEqual([]));
