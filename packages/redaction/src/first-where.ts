/** Index of the first element that holds, in a list where all behind it do too; the list's length when none does. */
export const firstWhere = <T>(list: readonly T[], holds: (element: T) => boolean): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = list[middle];
    if (element !== undefined && holds(element)) high = middle;
    else low = middle + 1;
  }
  return low;
};
