import type { Scene } from "./scene.ts";

/** Ids of the rules that decided a purpose, and the sources they stand on: reason, demand, profile, places. */
export const citing = (
  scene: Scene,
  purpose: string,
  key: string,
): { readonly rules: readonly string[]; readonly sources: readonly string[] } => {
  const { policy } = scene;
  const rules = [`reason/${key}`];
  const sources = new Set(policy.grounds[key]?.sources ?? policy.admits[key]?.sources);
  const requires = policy.purposes[purpose]?.requires;
  if (requires !== undefined) rules.push(`demand/${requires}`);
  rules.push(scene.explicit ? "profile/explicit" : "profile/statutory");
  for (const place of scene.places) {
    rules.push(`place/${place.code}`);
    sources.add(place.statute);
  }
  return { rules, sources: [...sources] };
};
