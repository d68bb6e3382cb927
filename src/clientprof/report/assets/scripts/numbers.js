// Whole numbers packed into text by packed_numbers.py: five bits a character, the lowest first, a sixth bit says more follow.

const NUMBER_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGIT_OF = new Map([...NUMBER_DIGITS].map((character, digit) => [character, digit]));

function unpackNumbers(text) {
  const numbers = [];
  let value = 0;
  let place = 1;
  for (const character of text) {
    const digit = DIGIT_OF.get(character);
    value += (digit & 31) * place;
    if (digit & 32) place *= 32;
    else {
      numbers.push(value);
      value = 0;
      place = 1;
    }
  }
  return numbers;
}
