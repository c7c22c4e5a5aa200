// SPDX-License-Identifier: MIT
#include "tests/serve/bench.hpp"

#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace relaxd::test {

namespace asio = boost::asio;
using record::Channel;

void run_on(asio::io_context& io, Task<void> task) {
    bool is_done = false;
    std::exception_ptr failure;
    auto done = [&](const std::exception_ptr& thrown) {
        is_done = true;
        failure = thrown;
    };
    asio::co_spawn(io, std::move(task), std::move(done));
    io.restart();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_done && std::chrono::steady_clock::now() < end) {
        io.run_one_until(end);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (!is_done) {
        throw std::runtime_error("the test's coroutine has not ended within 20 s");
    }
}

Bench::Bench(const Clock* time) {
    // On tmpfs where there is one: these tests are about the server, not about fsync.
    const std::filesystem::path memory("/dev/shm");
    const auto place =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (place / "relaxd-serve-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    const std::string path = folder + "/campaign.sqlite";
    auto opened = store::RunStore::open(path);
    REQUIRE(opened);
    store.emplace(std::move(*opened));
    record::Instrument instrument;
    instrument.name = "dma1";
    instrument.driver = "q800_class";
    instrument.uri = "tcp://127.0.0.1:4001";
    instrument.link_state = "connected";
    instrument.state = "idle";
    instrument.simulated = true;
    laboratory.known.push_back(instrument);
    daemon::ServeConfig config;
    config.listen_port = 0;
    config.database_path = path;
    server.emplace(io, laboratory, config, time == nullptr ? clock : *time);
    const auto bound = server->start();
    REQUIRE(bound);
    port = *bound;
}

Bench::~Bench() {
    try {
        if (server) {
            run(server->stop());
        }
    } catch (const std::exception& failure) {
        WARN(failure.what());
    }
    server.reset();
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

namespace {

Task<void> store_reply(Task<Reply> task, Reply* into) {
    *into = co_await std::move(task);
}

}  // namespace

void Bench::settle() {
    io.restart();
    io.poll();
}

Reply Bench::reply_of(Task<Reply> task) {
    Reply reply;
    run(store_reply(std::move(task), &reply));
    return reply;
}

Reply Bench::ask(const std::string& method, const std::string& target, const std::string& lines) {
    RawClient client(io, port);
    return reply_of(client.ask(method, target, lines));
}

Reply Bench::get(const std::string& target, const std::string& lines) {
    return ask("GET", target, lines);
}

Reply Bench::post(const std::string& target, const std::string& body, const std::string& lines) {
    RawClient client(io, port);
    return reply_of(client.post(target, body, lines));
}

std::int64_t Bench::create_run(const std::string& instrument) {
    record::Run run;
    run.name = "ramp";
    run.instrument = instrument;
    run.specimen = "la-1";
    run.method = "mode = \"multi-frequency-strain\"";
    run.state = record::RunState::running;
    run.started_utc = clock.utc();
    run.simulated = true;
    run.code_version = "test";
    record::Specimen specimen;
    specimen.name = "la-1";
    specimen.length_m = 0.01;
    specimen.T_g_K = 453.0;
    const auto created = store->create_run(run, specimen);
    REQUIRE(created);
    instruments_[created->run_id] = instrument;
    return created->run_id;
}

void Bench::append_points(
    std::int64_t run_id, std::size_t count, std::size_t frequencies, bool publish
) {
    std::vector<record::Row> rows;
    for (std::size_t i = 0; i < count; ++i) {
        record::Point point;
        record::Reading& reading = point.reading;
        reading.number = next_number_++;
        reading.segment = 1;
        reading.time_s = 0.1 * static_cast<double>(reading.number);
        reading.values[Channel::temperature_K] = 300.0 + 0.01 * static_cast<double>(i);
        reading.values[Channel::frequency_Hz] = static_cast<double>(1 + i % frequencies);
        reading.values[Channel::storage_modulus_Pa] = 4e10 - 1e6 * static_cast<double>(i);
        reading.values[Channel::loss_modulus_Pa] = 1e9;
        reading.raw = "R " + std::to_string(reading.number);
        reading.received_utc = clock.utc();
        reading.simulated = true;
        rows.emplace_back(std::move(point));
    }
    append(run_id, std::move(rows), publish);
}

void Bench::append(std::int64_t run_id, std::vector<record::Row> rows, bool publish) {
    const auto appended = store->append(run_id, rows);
    REQUIRE(appended);
    if (!publish) {
        return;
    }
    for (record::Row& row : rows) {
        auto published = std::make_shared<daemon::Published>();
        published->run_id = run_id;
        published->instrument = instruments_[run_id];
        published->row = std::move(row);
        for (const auto& hook : laboratory.hooks) {
            hook(published);
        }
    }
}

}  // namespace relaxd::test
