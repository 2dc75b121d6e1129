// What somebody has typed and not sent yet: it outlives a piece of the page that is put anew in the place of the one it stood in.
const FIELDS = "textarea[id], input[id]:not([type=checkbox], [type=radio], [type=hidden], [type=file])";

export function typedIn(root) {
  return [...root.querySelectorAll(FIELDS)]
    .filter((field) => field.value !== field.defaultValue || field === document.activeElement)
    .map((field) => ({ id: field.id, value: field.value, start: field.selectionStart, end: field.selectionEnd }));
}

export function typeAgain(typed) {
  for (const { id, value, start, end } of typed) {
    const field = document.getElementById(id);
    if (!field || field.value !== field.defaultValue) continue;
    field.value = value;
    if (start !== null && field.selectionStart !== null) field.setSelectionRange(start, end);
  }
}
