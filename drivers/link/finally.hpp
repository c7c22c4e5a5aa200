// SPDX-License-Identifier: MIT
//
// Runs a function when the scope is left, also when the caller of a coroutine cancelled it (Asio
// then throws from the next co_await) or the whole program ends. Name the lambda first.

#pragma once

#include <utility>

namespace relaxd::drivers::link {

template <typename Function>
class Finally {
  public:
    explicit Finally(Function function) : function_(std::move(function)) {}
    ~Finally() { function_(); }
    Finally(const Finally&) = delete;
    Finally& operator=(const Finally&) = delete;

  private:
    Function function_;
};

}  // namespace relaxd::drivers::link
