/** What a word means inside a number or a spelling that is read out. */
export interface Spoken {
  readonly kind: "digit" | "teen" | "tens" | "repeat" | "letter" | "scale" | "joint";
  /** Digits, a letter, or how often to repeat; "" for a scale or a joint. */
  readonly value: string;
  /** An ordinary word that only sounds like it. */
  readonly sounds?: true;
}

const table = (kind: Spoken["kind"], pairs: string): [string, Spoken][] =>
  pairs
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [word = "", value = ""] = pair.split("=");
      return [word, { kind, value }];
    });

// Radiotelephony alphabet (ICAO Annex 10, vol. II) with common mis-spellings, and names callers use for letters.
const nato =
  "alpha=a alfa=a bravo=b charlie=c delta=d echo=e foxtrot=f golf=g gulf=g hotel=h india=i juliet=j juliett=j kilo=k lima=l mike=m november=n oscar=o papa=p quebec=q romeo=r sierra=s tango=t uniform=u victor=v whiskey=w whisky=w xray=x yankee=y zulu=z zed=z zee=z";
// German spelling alphabets (DIN 5009, the editions of 1996 and 2022, and what people say).
const german =
  "anton=a ärger=ä berta=b cäsar=c charlotte=c dora=d emil=e friedrich=f gustav=g heinrich=h ida=i julius=j kaufmann=k konrad=k ludwig=l martha=m nordpol=n otto=o ökonom=ö paula=p quelle=q richard=r samuel=s siegfried=s schule=sch theodor=t ulrich=u übermut=ü viktor=v wilhelm=w xanthippe=x xaver=x ypsilon=y zacharias=z zeppelin=z aachen=a augsburg=a bielefeld=b cottbus=c düsseldorf=d essen=e frankfurt=f goslar=g hamburg=h ingelheim=i jena=j köln=k leipzig=l münchen=m nürnberg=n offenbach=o potsdam=p quickborn=q rostock=r salzwedel=s tübingen=t unna=u völklingen=v wuppertal=w xanten=x zwickau=z";

const english: ReadonlyMap<string, Spoken> = new Map([
  ...table(
    "digit",
    "zero=0 oh=0 nought=0 naught=0 nil=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 niner=9",
  ),
  ...table(
    "teen",
    "ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19",
  ),
  ...table("tens", "twenty=2 thirty=3 forty=4 fourty=4 fifty=5 sixty=6 seventy=7 eighty=8 ninety=9"),
  ...table("repeat", "double=2 triple=3 treble=3 quadruple=4"),
  ...table("scale", "hundred thousand million billion"),
  ...table("joint", "dash hyphen minus slash stroke space then um uh er erm hmm"),
  ...table("letter", nato),
]);

const deutsch: ReadonlyMap<string, Spoken> = new Map([
  ...table(
    "digit",
    "null=0 eins=1 ein=1 zwei=2 zwo=2 drei=3 vier=4 fünf=5 fuenf=5 sechs=6 sieben=7 acht=8 neun=9",
  ),
  ...table(
    "teen",
    "zehn=10 elf=11 zwölf=12 zwoelf=12 dreizehn=13 vierzehn=14 fünfzehn=15 fuenfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19",
  ),
  ...table(
    "tens",
    "zwanzig=2 dreißig=3 dreissig=3 vierzig=4 fünfzig=5 fuenfzig=5 sechzig=6 siebzig=7 achtzig=8 neunzig=9",
  ),
  ...table("repeat", "doppel=2 doppelt=2 zweimal=2 dreifach=3 dreimal=3 vierfach=4 viermal=4"),
  ...table("scale", "hundert tausend million millionen"),
  ...table("joint", "strich bindestrich minus schrägstrich dann ähm äh öh hm"),
  ...table("letter", nato),
  ...table("letter", german),
]);

// Words that recognisers write for a digit; they count only where a number was asked for.
const homophones: ReadonlyMap<string, Spoken> = new Map(
  [
    ...table("digit", "o=0 won=1 to=2 too=2 tree=3 free=3 for=4 fore=4 ate=8"),
    ...table(
      "letter",
      "ar=r bee=b cee=c dee=d ee=e eff=f gee=g jay=j kay=k ell=l em=m en=n pea=p pee=p cue=q queue=q tea=t tee=t ess=s why=y you=u vee=v ex=x see=c sea=c are=r",
    ),
  ].map(([word, said]): [string, Spoken] => [word, { ...said, sounds: true }]),
);

const compound =
  /^(ein|zwei|zwo|drei|vier|fünf|fuenf|sechs|sieben|acht|neun)und(zwanzig|dreißig|dreissig|vierzig|fünfzig|fuenfzig|sechzig|siebzig|achtzig|neunzig)$/;

const year = /^(achtzehnhundert|neunzehnhundert|zweitausend)(?:und)?(\p{L}*)$/u;
const centuries: Readonly<Record<string, string>> = {
  achtzehnhundert: "18",
  neunzehnhundert: "19",
  zweitausend: "20",
};

/** "neunzehnhundertachtzig", "zweitausendfünf": a year in one word. */
const yearOf = (word: string): Spoken | undefined => {
  const parts = year.exec(word);
  if (parts === null) return undefined;
  const rest = parts[2] ?? "";
  const said = rest === "" ? undefined : spoken(rest, true, false);
  if (rest !== "" && said?.kind !== "digit" && said?.kind !== "teen" && said?.kind !== "tens")
    return undefined;
  const digits =
    said === undefined ? "00" : said.kind === "tens" ? `${said.value}0` : said.value.padStart(2, "0");
  return { kind: "teen", value: (centuries[parts[1] ?? ""] ?? "") + digits };
};

/** Looks a lower-case word up; `asked` lets words count that are numbers only where one is expected. */
export const spoken = (word: string, german_: boolean, asked: boolean): Spoken | undefined => {
  const found = (german_ ? deutsch : english).get(word);
  if (found !== undefined) return found;
  if (german_ && word.length > 9 && /und|hundert|tausend/.test(word)) {
    const parts = compound.exec(word);
    if (parts !== null) {
      const unit = deutsch.get(parts[1] ?? "")?.value ?? "";
      return { kind: "teen", value: (deutsch.get(parts[2] ?? "")?.value ?? "") + unit };
    }
    return yearOf(word);
  }
  return asked && !german_ ? homophones.get(word) : undefined;
};
