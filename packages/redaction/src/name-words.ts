import { wordSet } from "./scene.ts";
import type { Token } from "./tokens.ts";

export const titles = wordSet(
  "hr fr mr mrs ms miss mister missus dr prof professor sir madam herr herrn frau fräulein doktor",
);
export const greetings = wordSet(
  "hi hello hey dear thanks thank welcome sorry hallo liebe lieber moin servus danke regards cheers sincerely grüße",
);
export const particles = wordSet(
  "van von de del della di da der den zu zur la le el al bin ben ibn mc mac st o' san dos du ten vom zum",
);
// Words that end a name, or are none, wherever they stand.
export const never = wordSet(
  "i a an the and or but my your his her our their its it is am are was be been from for with to at on in of off by as so not no yes yeah ok okay please thanks thank calling call here there this that these those speaking sir madam mam maam just also who what when where why how which can could would will shall may do does did have has had need want looking trying going gonna having getting phone number email address order account card ssn date birth postcode zip password username pin code booking confirmation name names company city und oder aber mein meine meinen ihr ihre sein ist bin sind war von für mit zu auf in im an am aus bei der die das den dem des ein eine einen nicht nein ja bitte danke hier dort jetzt noch auch ihnen ihrem ihres ihren uns euch mich dich wie was wann wo warum wer ich du er sie es wir nummer telefon adresse konto karte geburtsdatum guten tag morgen abend again all right sure well good morning afternoon evening today tomorrow now then very really still sehr leider gerade schon mal",
);

/** Behind a name these make it a place or a house: "Clare College", "the Ashley Hotel". */
export const venues = wordSet(
  "hotel house college lane street road park church chapel museum centre center restaurant guest guesthouse lodge hall pool pools bar cafe café bistro grill kitchen inn pub club theatre theater cinema gallery school university hospital clinic airport station bank store shop market mall plaza square bridge garden gardens court tower building library bed arms art stadium arena beach island river lake county avenue drive way gmbh ltd inc llc corp company group straße strasse platz weg allee klinik schule kirche bahnhof stadt museum verein bank apotheke cup award prize day foundation airlines motors",
);

/** Phrases that announce a name: strong ones take what follows, weak ones only what looks like a name. */
const strong: readonly (readonly string[])[] = [
  ["my", "name", "is"],
  ["my", "name's"],
  ["name", "is"],
  ["names"],
  ["name"],
  ["my", "names"],
  ["surname", "is"],
  ["surname"],
  ["mein", "name", "ist"],
  ["ich", "heiße"],
  ["ich", "heisse"],
  ["name", "ist"],
  ["name", "lautet"],
  ["vorname"],
  ["nachname"],
  ["vorname", "ist"],
  ["nachname", "ist"],
  ["im", "namen", "von"],
  ["hier", "spricht"],
  ["es", "spricht"],
  ["on", "behalf", "of"],
  ["account", "holder"],
  ["cardholder"],
];
const weakEnglish: readonly (readonly string[])[] = [
  ["i", "am"],
  ["i'm"],
  ["i’m"],
  ["im"],
  ["this", "is"],
  ["it", "is"],
  ["it's"],
  ["it’s"],
  ["its"],
  ["call", "me"],
  ["ask", "for"],
  ["speak", "to"],
  ["speak", "with"],
  ["speaking", "with"],
  ["speaking", "to"],
  ["spoke", "to"],
  ["spoke", "with"],
  ["talked", "to"],
  ["wife"],
  ["husband"],
  ["son"],
  ["daughter"],
  ["brother"],
  ["sister"],
  ["mother"],
  ["father"],
  ["colleague"],
  ["names", "are"],
];
const weakGerman: readonly (readonly string[])[] = [
  ["ich", "bin"],
  ["hier", "ist"],
  ["hier"],
  ["spreche", "mit"],
  ["spreche", "ich", "mit"],
  ["gesprochen", "mit"],
  ["frau"],
  ["mann"],
  ["sohn"],
  ["tochter"],
  ["bruder"],
  ["schwester"],
  ["mutter"],
  ["vater"],
  ["kollege"],
  ["kollegin"],
];
const index = (list: readonly (readonly string[])[]) => {
  const map = new Map<string, (readonly string[])[]>();
  for (const phrase of list) {
    const head = phrase[0] ?? "";
    map.set(
      head,
      [...(map.get(head) ?? []), phrase].toSorted((a, b) => b.length - a.length),
    );
  }
  return map;
};
export const strongBy = index(strong);
export const weakBy = { english: index(weakEnglish), german: index(weakGerman) };

export const fits = (
  tokens: readonly Token[],
  at: number,
  map: ReadonlyMap<string, readonly (readonly string[])[]>,
): number => {
  for (const phrase of map.get(tokens[at]?.lower ?? "") ?? [])
    if (phrase.every((word, i) => tokens[at + i]?.lower === word)) return at + phrase.length;
  return -1;
};

/** Before "Frau" or "Herr" they make it somebody's wife or a man, not a title. */
export const ones = wordSet(
  "meine meiner meinem meinen deine deiner seine seiner seinem ihre ihrer ihrem ihren unsere unserer eine einer einem einen die der dem den das diese dieser diesem keine jede junge alte my his her your the a",
);

/** Offices between a title and its name. */
export const offices = wordSet(
  "bürgermeister bürgermeisterin oberbürgermeister direktor direktorin präsident präsidentin minister ministerin kanzler kanzlerin doktor doktorin professorin kollege kollegin nachbar pfarrer rechtsanwalt rechtsanwältin richter richterin dipl ing med mag rer nat h c",
);
