// SPDX-License-Identifier: MIT
//
// A server under test: a real campaign file in a folder of its own, a fake laboratory, the API on a
// free loopback port, all on one io_context that the test runs.

#pragma once

#include "daemon/serve/api_server.hpp"
#include "schema/store/run_store.hpp"
#include "tests/serve/fake_laboratory.hpp"
#include "tests/serve/raw_client.hpp"
#include "tests/support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <vector>

namespace relaxd::test {

/// Runs `task` to its end on `io`; fails the test after 20 s, and passes its exception on.
void run_on(boost::asio::io_context& io, Task<void> task);

class Bench {
  public:
    /// `time` replaces the system's clock in the server; it must outlive the bench.
    explicit Bench(const Clock* time = nullptr);
    ~Bench();
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void run(Task<void> task) { run_on(io, std::move(task)); }
    /// Runs `task` to its end: the reply that it brings.
    Reply reply_of(Task<Reply> task);
    /// One request without a body on a connection of its own; `get` and `post` likewise.
    Reply ask(const std::string& method, const std::string& target, const std::string& lines = {});
    Reply get(const std::string& target, const std::string& lines = {});
    Reply post(const std::string& target, const std::string& body, const std::string& lines = {});

    /// A new run of `instrument` in the file; its number.
    std::int64_t create_run(const std::string& instrument = "dma1");
    /// Commits `count` points of a run at `frequencies` in turn, then publishes them if asked.
    void append_points(
        std::int64_t run_id, std::size_t count, std::size_t frequencies = 1, bool publish = false
    );
    /// Handles everything that is ready, without waiting.
    void settle();
    /// Commits any rows, fills their seq.
    void append(std::int64_t run_id, std::vector<record::Row> rows, bool publish);

    boost::asio::io_context io;
    std::string folder;
    SystemClock clock;
    FakeLaboratory laboratory;
    std::optional<store::RunStore> store;
    std::optional<daemon::ApiServer> server;
    std::uint16_t port = 0;

  private:
    std::map<std::int64_t, std::string> instruments_;
    std::uint64_t next_number_ = 1;
};

}  // namespace relaxd::test
