// SPDX-License-Identifier: MIT
/// What somebody writes who has just found the library: splits 100 over three, and signs the result.
#include <iostream>
#include <mikoshi/crypto/key.hpp>
#include <mikoshi/crypto/sha256.hpp>
#include <mikoshi/split/apportion.hpp>

int main() {
  std::vector<mikoshi::u128> pays(3);
  if (!mikoshi::hamilton(100, std::vector<std::uint64_t>{1, 1, 1}, pays)) return 1;
  std::string text;
  for (const mikoshi::u128& pay : pays) text += mikoshi::to_string(pay) + ' ';
  const mikoshi::Hash message = mikoshi::sha256(mikoshi::as_bytes(text));
  const auto key = mikoshi::SecretKey::from_bytes(std::vector<std::uint8_t>(32, 1));
  if (!key || !mikoshi::verify(key->public_key(), message, key->sign(message))) return 1;
  std::cout << text << "signed by " << to_string(key->public_key()) << '\n';
}
