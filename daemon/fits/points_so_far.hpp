// SPDX-License-Identifier: MIT
//
// The readings of a run that a fit was asked for: the first so many of a list that is only ever
// appended to, shared and not copied. io thread only.

#pragma once

#include "schema/record/fit.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace relaxd::daemon {

class PointsSoFar {
  public:
    using List = std::vector<record::DynamicPoint>;

    PointsSoFar() : list_(std::make_shared<const List>()) {}
    /// All that `list` has now.
    explicit PointsSoFar(std::shared_ptr<const List> list)
        : list_(std::move(list)), size_(list_->size()) {}
    explicit PointsSoFar(List list) : PointsSoFar(std::make_shared<const List>(std::move(list))) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    /// Only where not empty.
    [[nodiscard]] const record::DynamicPoint& front() const { return list_->front(); }
    [[nodiscard]] const record::DynamicPoint& back() const { return (*list_)[size_ - 1]; }
    /// Those behind the first `n`, at most all; valid until the list grows.
    [[nodiscard]] std::span<const record::DynamicPoint> behind(std::size_t n) const {
        return std::span(*list_).first(size_).subspan(std::min(n, size_));
    }

  private:
    std::shared_ptr<const List> list_;
    std::size_t size_ = 0;
};

}  // namespace relaxd::daemon
