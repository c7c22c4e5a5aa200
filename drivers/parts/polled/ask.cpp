// SPDX-License-Identifier: MIT
//
// What a part of its own asks beside polling.
#include "drivers/parts/polled/core.hpp"

#include <utility>

namespace relaxd::drivers::parts {

namespace {

Awaitable<Result<std::vector<link::Answer>>> run_ask(
    CorePtr core, std::vector<link::Query> queries
) {
    if (!core->is_usable()) {
        co_return fail(core->not_open());
    }
    Call call(core, Call::Rank::ordinary);
    if (std::optional<Error> error = co_await wait_turn(call)) {
        co_return fail(std::move(*error));
    }
    std::vector<link::Answer> answers;
    for (link::Query& query : queries) {
        Result<link::Answer> answer = co_await parts::ask(call, std::move(query));
        if (!answer) {
            co_return fail(answer.error());
        }
        answers.push_back(std::move(*answer));
    }
    co_return answers;
}

}  // namespace

Awaitable<Result<std::vector<link::Answer>>> PolledPart::ask(std::vector<link::Query> queries) {
    return run_ask(core_, std::move(queries));
}

}  // namespace relaxd::drivers::parts
