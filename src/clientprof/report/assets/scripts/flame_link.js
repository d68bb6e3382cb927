// Links into the page: what each picture shows, as keys such as flame-0.zoom behind the #, so that the address can be
// copied and survives a reload. Keys of other parts of the page are left as they are.

const linkedParts = new Map();

// What the address says of a part, as pairs of key and text.
function readLink(hash, part) {
  if (!hash.includes("=")) return [];
  const pairs = [...new URLSearchParams(hash.replace(/^#/, ""))];
  return pairs.filter(([key]) => key.startsWith(`${part}.`)).map(([key, text]) => [key.slice(part.length + 1), text]);
}

// The part that the address names first, the one used last; null where it names none.
function firstLinked(hash) {
  return hash.includes("=") ? hash.replace(/^#/, "").split(/[.=]/, 1)[0] : null;
}

// The address with the part's pairs first; `parts` maps every part known here to its pairs, this one included.
function writeLink(hash, parts, part) {
  const isKnown = (key) => [...parts.keys()].some((name) => key.startsWith(`${name}.`));
  const foreign = hash.includes("=") ? [...new URLSearchParams(hash.replace(/^#/, ""))].filter(([key]) => !isKnown(key)) : [];
  const named = (name) => parts.get(name).map(([key, text]) => [`${name}.${key}`, text]);
  const others = [...parts.keys()].filter((name) => name !== part).flatMap(named);
  return new URLSearchParams([...named(part), ...others, ...foreign]).toString();
}

// Remembers a part's pairs, and writes the address unless the part was just set by it.
function keepLinked(part, pairs, isFollowing) {
  linkedParts.set(part, pairs);
  if (isFollowing) return;
  const written = writeLink(location.hash, linkedParts, part);
  // A plain anchor in the address stays until there is something to say.
  if (written === "" && !location.hash.includes("=")) return;
  history.replaceState(history.state, "", written === "" ? location.href.split("#")[0] : `#${written}`);
}

// Copies the address; says whether that was allowed.
async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}
