// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

namespace relaxd::model {

/// The elements in the order of rising `key(element)`, equal ones in the order they had.
template <typename T, typename Key>
[[nodiscard]] std::vector<T> ascending(std::vector<T> elements, const Key& key) {
    std::vector<std::size_t> order(elements.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Not std::stable_sort: clang 19 warns of what libstdc++ 12 makes of it.
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const auto key_a = key(elements[a]);
        const auto key_b = key(elements[b]);
        return std::tie(key_a, a) < std::tie(key_b, b);
    });
    std::vector<T> out;
    out.reserve(elements.size());
    for (const std::size_t i : order) {
        out.push_back(std::move(elements[i]));
    }
    return out;
}

}  // namespace relaxd::model
