// SPDX-License-Identifier: MIT
//
// A shared folder as an instrument: rows come as they are written, each once and in order, over
// lost shares and restarts; nothing is commanded, nothing of another file is taken.
#include "drivers/ta_files/live/instrument.hpp"
#include "drivers/ta_files/live/watch.hpp"
#include "schema/method/method.hpp"
#include "schema/record/estimate_rows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"
#include "tests/ta_files/writers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
namespace api = relaxd::drivers;
using relaxd::Errc;
using relaxd::Result;
using relaxd::record::Channel;
using relaxd::record::Reading;
using relaxd::ta_files::FollowedInstrument;
using relaxd::test::QSeriesFile;

constexpr double period_s = 5.0;

/// A folder of its own that goes with the test.
class Folder {
  public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "relaxd-follow-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// Each write is later than the one before by the clock of the folder.
    void write(const std::string& name, const std::string& bytes) {
        std::ofstream(path_ / name, std::ios::binary) << bytes;
        stamp_ += std::chrono::seconds(1);
        fs::last_write_time(path_ / name, stamp_);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
    fs::file_time_type stamp_ = fs::file_time_type::clock::now() - std::chrono::minutes(1);
};

/// The bytes of a run of which so many records are written and which goes on.
std::string so_far(QSeriesFile file, std::size_t records) {
    file.status = "OPEN";
    file.log.clear();
    file.records.resize(records);
    const std::string bytes = file.native();
    return bytes.substr(0, bytes.size() - 68);
}

class Bench {
  public:
    explicit Bench(double quiet_s = 3600.0) : quiet_s_(quiet_s) { make(); }
    ~Bench() {
        instrument.reset();
        io.restart();
        io.poll();
        CHECK(io.stopped());  // no task is left behind
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// As a daemon that was started again.
    void make() {
        api::link::FolderSettings settings;
        settings.path = folder.path().string();
        settings.period_s = period_s;
        settings.quiet_s = quiet_s_;
        instrument = std::make_unique<FollowedInstrument>(
            io.get_executor(),
            settings,
            timing,
            std::make_unique<relaxd::ta_files::InlineBackground>()
        );
    }

    template <typename T>
    T run(boost::asio::awaitable<T> call) {
        std::optional<T> result;
        boost::asio::co_spawn(
            io,
            std::move(call),
            [&result](const std::exception_ptr& thrown, T value) {
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
                result.emplace(std::move(value));
            }
        );
        for (int i = 0; i < 10'000 && !result; ++i) {
            io.restart();
            if (io.poll_one() == 0 && timing.next_due()) {
                timing.advance_to(*timing.next_due());
            }
        }
        REQUIRE(result.has_value());
        return std::move(*result);
    }

    /// Opens, follows what is there, from row `first`.
    api::Status follow(std::uint64_t first = 1) {
        REQUIRE(run(instrument->open()));
        auto status = run(instrument->status());
        REQUIRE(status);
        instrument->keep_to(status->run_token);
        REQUIRE(run(instrument->fetch_from(first)));
        return *status;
    }

    template <typename T>
    T next() {
        auto delivery = run(instrument->next());
        INFO((delivery ? std::to_string(delivery->index()) : delivery.error().sentence()));
        REQUIRE(delivery.has_value());
        REQUIRE(std::holds_alternative<T>(*delivery));
        return std::get<T>(std::move(*delivery));
    }

    void wait_s(double seconds) {
        timing.advance_s(seconds);
        io.restart();
        io.poll();
    }

    Folder folder;
    relaxd::test::ManualTiming timing;
    boost::asio::io_context io{1};
    std::unique_ptr<FollowedInstrument> instrument;

  private:
    double quiet_s_;
};

QSeriesFile q800() {
    QSeriesFile file = relaxd::test::q800_run();
    file.header_lines.insert(
        file.header_lines.end(), {"Instrument=DMA Q800 V20.26 Build 45", "InstSerial=0800-1234"}
    );
    return file;
}

}  // namespace

TEST_CASE("rows come as the file grows, in SI, and the end comes with its cause") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 2));
    const auto identity = bench.run(bench.instrument->open());
    REQUIRE(identity);
    CHECK(identity->model == "DMA Q800");
    CHECK(identity->firmware == "V20.26 Build 45");
    CHECK(identity->serial_number == "0800-1234");
    const auto status = bench.follow();
    CHECK(status.state == api::State::running);
    CHECK(status.last_number == 2);
    CHECK(status.last_row_utc.ns != 0);
    const auto first = bench.next<Reading>();
    CHECK(first.number == 1);
    CHECK(first.segment == 1);
    CHECK(first.values[Channel::temperature_K] == Approx(313.15));
    CHECK(first.values[Channel::storage_modulus_Pa] == Approx(33.0e9));
    CHECK(bench.next<Reading>().number == 2);
    bench.folder.write("Data.001", so_far(q800(), 4) + "half a record");
    const auto marker = bench.next<Reading>();
    CHECK(marker.number == 3);
    CHECK(marker.time_s == Approx(-120.0));
    CHECK(marker.flags == "marker");
    relaxd::record::Point point;
    point.reading = marker;
    CHECK_FALSE(relaxd::record::dynamic_point(point));  // kept, and never fitted
    point.reading = first;
    CHECK(relaxd::record::dynamic_point(point));
    CHECK(bench.next<Reading>().number == 4);
    bench.folder.write("Data.001", q800().native());
    CHECK(bench.next<Reading>().number == 5);
    const auto end = bench.next<api::StateChange>();
    CHECK(end.state == api::State::idle);
    CHECK(end.cause == "completed");
    CHECK(end.run_token == status.run_token);
    REQUIRE(bench.instrument->executed_segments().size() == 5);
    CHECK(bench.instrument->executed_segments()[1].text == "Equilibrate at 40.00 °C");
}

TEST_CASE("a read-only instrument refuses every command and says where to do it") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 2));
    (void)bench.follow();
    CHECK(bench.instrument->read_only());
    const auto require_refused = [&bench](api::Awaitable<Result<void>> call) {
        const auto answer = bench.run(std::move(call));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == Errc::refused);
        CHECK(
            answer.error().message.find("at the instrument: this one is only read") !=
            std::string::npos
        );
    };
    require_refused(bench.instrument->load({}, {}, "token"));
    require_refused(bench.instrument->start());
    require_refused(bench.instrument->hold());
    require_refused(bench.instrument->resume());
    require_refused(bench.instrument->stop());
    require_refused(bench.instrument->safe());
    require_refused(bench.instrument->end_segment_after(3));
    CHECK(bench.next<Reading>().number == 1);  // and goes on
}

TEST_CASE("a lost share is said, and afterwards the missed rows come by their numbers") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 2));
    (void)bench.follow();
    (void)bench.next<Reading>();
    const fs::path away = bench.folder.path().string() + "-away";
    fs::rename(bench.folder.path(), away);
    CHECK(bench.next<Reading>().number == 2);  // had been received
    const auto lost = bench.run(bench.instrument->next());
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::unreachable);
    const auto closed = bench.run(bench.instrument->status());
    REQUIRE_FALSE(closed);
    CHECK_FALSE(bench.run(bench.instrument->open()));
    fs::rename(away, bench.folder.path());
    bench.folder.write("Data.001", so_far(q800(), 5));
    REQUIRE(bench.run(bench.instrument->open()));
    REQUIRE(bench.run(bench.instrument->fetch_from(3)));
    for (std::uint64_t number = 3; number <= 5; ++number) {
        CHECK(bench.next<Reading>().number == number);
    }
}

TEST_CASE("an empty mount point is a lost share, not another file") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 2));
    (void)bench.follow(3);
    fs::remove(bench.folder.path() / "Data.001");
    const auto lost = bench.run(bench.instrument->next());
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::unreachable);
    auto other = q800();
    other.header_lines[1] = "Time=09:30:00";
    bench.folder.write("Data.002", so_far(other, 4));
    const auto opened = bench.run(bench.instrument->open());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("Data.001, is not in the folder") != std::string::npos);
}

TEST_CASE("after a restart the file of the run is found, although a newer one is there") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 2));
    const auto status = bench.follow();
    CHECK(bench.next<Reading>().number == 1);
    bench.make();  // the daemon is started again
    bench.folder.write("Data.001", q800().native());
    auto other = q800();
    other.header_lines[1] = "Time=09:30:00";
    bench.folder.write("Data.002", so_far(other, 4));
    bench.instrument->keep_to(status.run_token);
    REQUIRE(bench.run(bench.instrument->open()));
    const auto again = bench.run(bench.instrument->status());
    REQUIRE(again);
    CHECK(again->run_token == status.run_token);
    CHECK(again->end_cause == "completed");
    REQUIRE(bench.run(bench.instrument->fetch_from(2)));
    for (std::uint64_t number = 2; number <= 5; ++number) {
        CHECK(bench.next<Reading>().number == number);
    }
    CHECK(bench.next<api::StateChange>().cause == "completed");
    bench.instrument->keep_to("");
    bench.wait_s(period_s);
    CHECK(bench.run(bench.instrument->status())->last_number == 4);  // the newest again
}

TEST_CASE("a file that was replaced or cut ends the run with the reason, without a row of it") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 3));
    (void)bench.follow(4);
    auto other = q800();
    std::string reason = "was replaced";
    SECTION("replaced") {
        other.header_lines[1] = "Time=10:00:00";
        bench.folder.write("Data.001", other.native());
    }
    SECTION("cut") {
        bench.folder.write("Data.001", so_far(q800(), 1));
        reason = "was cut";
    }
    const auto end = bench.next<api::StateChange>();
    CHECK(end.state == api::State::fault);
    CHECK(end.cause.find(reason) != std::string::npos);
    CHECK(bench.run(bench.instrument->status())->last_number == 3);
}

TEST_CASE("a file that is just being written anew is not taken for another one") {
    Bench bench;
    bench.folder.write("Data.001", so_far(q800(), 3));
    (void)bench.follow(4);
    bench.folder.write("Data.001", so_far(q800(), 1));
    bench.wait_s(period_s);  // one look falls into it
    CHECK(bench.run(bench.instrument->status())->end_cause.empty());
    bench.folder.write("Data.001", q800().native());
    CHECK(bench.next<Reading>().number == 4);
}

TEST_CASE("a file that stays OPEN and does not grow has ended after the time set") {
    Bench bench(300.0);
    bench.folder.write("Data.001", so_far(q800(), 2));
    (void)bench.follow(3);
    const auto end = bench.next<api::StateChange>();
    CHECK(end.cause.find("Data.001 has not grown for 300 s") != std::string::npos);
}

TEST_CASE("a folder without a file of the pattern is unreachable and says what is missing") {
    Bench bench;
    bench.folder.write("notes.txt", "nothing");
    const auto opened = bench.run(bench.instrument->open());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::unreachable);
    CHECK(opened.error().message.find("*.[0-9][0-9][0-9]") != std::string::npos);
}

TEST_CASE("the method of a followed file is one that the house understands") {
    Bench bench;
    auto file = q800();
    file.header_lines.emplace_back("OrgMethod=6: Mark end of \"cycle\" 1");
    bench.folder.write("Data.001", so_far(file, 2));
    REQUIRE(bench.run(bench.instrument->open()));
    const auto text = bench.instrument->own_method();
    REQUIRE(text);
    const auto method = relaxd::method::parse(*text, "own");
    INFO(*text << (method ? "" : method.error().sentence()));
    REQUIRE(method);
    CHECK(method->frequencies_Hz == std::vector<double>{4.0});
    CHECK(method->segments.size() == 5);
    CHECK(text->find("# not understood: 6: Mark end of") != std::string::npos);
}

TEST_CASE("nothing in the folder is changed by following it") {
    Bench bench;
    const std::string bytes = so_far(q800(), 2);
    bench.folder.write("Data.001", bytes);
    fs::permissions(bench.folder.path() / "Data.001", fs::perms::owner_read);
    fs::permissions(bench.folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto stamp = fs::last_write_time(bench.folder.path() / "Data.001");
    (void)bench.follow();
    (void)bench.next<Reading>();
    bench.wait_s(3 * period_s);
    CHECK(fs::last_write_time(bench.folder.path() / "Data.001") == stamp);
    fs::permissions(bench.folder.path(), fs::perms::owner_all);
    const auto files = fs::directory_iterator(bench.folder.path());
    CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("the address of a folder is understood, and what cannot work is named") {
    const auto uri =
        api::link::parse_uri("folder:///mnt/q 800?pattern=*.001&period_s=0.5&quiet_s=60");
    REQUIRE(uri);
    CHECK(uri->transport == api::link::Transport::folder);
    CHECK(uri->folder.path == "/mnt/q 800");
    CHECK(uri->folder.pattern == "*.001");
    CHECK(uri->folder.period_s == 0.5);
    CHECK(uri->folder.quiet_s == 60.0);
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"folder://data", "not absolute"},
        {"folder:///mnt?pattern=a/b", "pattern"},
        {"folder:///mnt?period_s=0", "period_s"},
        {"folder:///mnt?quiet_s=nan", "quiet_s"},
        {"folder:///mnt?every=5", "unknown key 'every'"},
        {"folder:///mnt?pattern", "key=value"},
    };
    for (const auto& [text, word] : wrong) {
        const auto answer = api::link::parse_uri(text);
        INFO(text);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message.find(word) != std::string::npos);
        CHECK(answer.error().hint.find("folder://") != std::string::npos);
    }
}

TEST_CASE("a folder that hangs does not stop the thread that asks; the answer is waited for") {
    boost::asio::io_context io{1};
    const relaxd::SystemClock clock;
    api::link::IoTiming timing(clock);
    relaxd::ta_files::ThreadBackground background(timing);
    struct Gate {
        std::mutex mutex;
        std::condition_variable opened;
        bool is_open = false;
    };
    auto gate = std::make_shared<Gate>();
    std::vector<bool> answers;
    const auto ask = [&](std::function<void()> job) {
        boost::asio::co_spawn(
            io,
            background.run(std::move(job), gate->is_open ? 60.0 : 0.02),
            [&answers](const std::exception_ptr& thrown, bool has_ended) {
                CHECK_FALSE(thrown);
                answers.push_back(has_ended);
            }
        );
        io.restart();
        io.run();
    };
    ask([gate] {
        std::unique_lock lock(gate->mutex);
        gate->opened.wait(lock, [&] { return gate->is_open; });
    });
    bool has_run = false;
    ask([&has_run] { has_run = true; });
    CHECK(answers == std::vector<bool>{false, false});
    CHECK_FALSE(has_run);  // one job at a time
    {
        const std::scoped_lock lock(gate->mutex);
        gate->is_open = true;
    }
    gate->opened.notify_all();
    ask([&has_run] { has_run = true; });
    CHECK(answers.back());
    CHECK(has_run);
}
