// SPDX-License-Identifier: MIT
#include "schema/base/sha256.hpp"

#include "schema/base/assert.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>

namespace relaxd {

struct Sha256::State {
    EVP_MD_CTX* context = nullptr;
    State() : context(EVP_MD_CTX_new()) {
        RELAXD_ASSERT(context != nullptr);
        RELAXD_ASSERT(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::feed(std::string_view bytes) {
    RELAXD_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
    std::array<unsigned char, 32> digest{};
    unsigned int length = 0;
    RELAXD_ASSERT(EVP_DigestFinal_ex(state_->context, digest.data(), &length) == 1);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : digest) {
        text += digits[static_cast<std::size_t>(byte >> 4U)];
        text += digits[static_cast<std::size_t>(byte & 15U)];
    }
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.feed(bytes);
    return hash.hex();
}

}  // namespace relaxd
