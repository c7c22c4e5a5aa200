// SPDX-License-Identifier: MIT
//
// relaxd: the daemon. `relaxd --config FILE`, `relaxd check --config FILE`, `relaxd --fit-worker`.
// stdout carries one line, `listening http://…`; logs go to stderr. Exit codes: CONTRACT 1.
#include "daemon/config/config.hpp"
#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/core/notify.hpp"
#include "daemon/core/watchdog.hpp"
#include "daemon/fits/fit_worker.hpp"
#include "daemon/fits/worker_loop.hpp"
#include "daemon/persist/calibration_names.hpp"
#include "daemon/persist/traffic_recorder.hpp"
#include "daemon/run/laboratory_core.hpp"
#include "daemon/serve/api_server.hpp"
#include "schema/base/version.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::daemon {

namespace {

namespace asio = boost::asio;

enum ExitCode : int {
    exit_clean = 0,
    exit_other = 1,
    exit_configuration = 2,
    exit_database_in_use = 3,
    exit_database_unreadable = 4,
};

constexpr const char* usage =
    "relaxd, the instrument-control and acquisition service of a relaxation laboratory\n"
    "\n"
    "  relaxd --config FILE         serve the instruments of this configuration\n"
    "  relaxd check --config FILE   check a configuration without touching anything\n"
    "  relaxd --version | --help\n";

struct Arguments {
    bool is_check = false;
    bool is_worker = false;
    bool is_version = false;
    bool is_help = false;
    std::string config;
    std::string error;
};

Arguments read_arguments(const std::vector<std::string>& words) {
    Arguments out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "check" && i == 0) {
            out.is_check = true;
        } else if (word == "--fit-worker") {
            out.is_worker = true;
        } else if (word == "--version") {
            out.is_version = true;
        } else if (word == "--help" || word == "-h") {
            out.is_help = true;
        } else if (word == "--config" && i + 1 < words.size()) {
            out.config = words[++i];
        } else if (word.rfind("--config=", 0) == 0) {
            out.config = word.substr(std::string("--config=").size());
        } else {
            out.error = word == "--config" ? "--config needs a file" : "unknown argument " + word;
        }
    }
    const bool needs_config = !out.is_worker && !out.is_version && !out.is_help;
    if (out.error.empty() && needs_config && out.config.empty()) {
        out.error = "which configuration? give --config FILE";
    }
    return out;
}

int exit_code_of(const Error& store_error) {
    switch (store_error.code) {
        case Errc::busy: return exit_database_in_use;
        case Errc::corrupt:
        case Errc::refused:
        case Errc::invalid:
        case Errc::overflow:
        case Errc::io:
        case Errc::not_found: return exit_database_unreadable;
        default: return exit_other;
    }
}

void print_errors(const ConfigErrors& errors) {
    for (const Error& error : errors) {
        (void)std::fprintf(stderr, "%s\n", error.sentence().c_str());
    }
}

/// The daemon, put together. Members are destroyed in reverse order.
class Daemon {
  public:
    Daemon(DaemonConfig config, std::unique_ptr<Campaign> campaign);

    /// Until a signal has ended everything cleanly.
    [[nodiscard]] int run();
    /// A failed assertion: instruments safe as far as possible, on whatever thread it happened.
    void save_instruments();

  private:
    [[nodiscard]] Awaitable<void> live();
    [[nodiscard]] Awaitable<void> feed_watchdog();
    [[nodiscard]] Awaitable<void> wait_for_signal();
    [[nodiscard]] Result<void> add_instruments();

    SystemClock clock_;
    IoTiming timing_{clock_};
    DaemonConfig config_;
    asio::io_context io_{1};
    ServiceNotifier service_;
    StoreThread store_;
    ProcessFitWorker worker_;
    TrafficRecorder traffic_;
    LaboratoryCore laboratory_;
    ApiServer api_;
    LoopLag lag_;
    TaskGroup tasks_;
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    int exit_code_ = exit_clean;
};

LaboratoryParts parts_of(
    const asio::any_io_executor& executor, StoreThread& store, FitWorker& worker, Timing& timing
) {
    LaboratoryParts parts;
    parts.executor = executor;
    parts.store = &store;
    parts.worker = &worker;
    parts.timing = &timing;
    return parts;
}

/// Beside the campaign file, where there is room for what grows.
std::string traffic_folder_of(const DaemonConfig& config) {
    return (std::filesystem::path(config.database_path).parent_path() / "traffic").string();
}

ServeConfig serve_config_of(const DaemonConfig& config) {
    ServeConfig out;
    out.listen_host = config.listen_host;
    out.listen_port = config.listen_port;
    out.database_path = config.database_path;
    out.allowed_hosts = config.allowed_hosts;
    return out;
}

Daemon::Daemon(DaemonConfig config, std::unique_ptr<Campaign> campaign)
    : config_(std::move(config)),
      store_(io_.get_executor(), std::move(campaign), clock_),
      worker_(io_.get_executor(), &timing_, [] { return spawn_fit_worker("/proc/self/exe"); }),
      traffic_(io_.get_executor(), traffic_folder_of(config_), clock_),
      laboratory_(parts_of(io_.get_executor(), store_, worker_, timing_)),
      api_(io_, laboratory_, serve_config_of(config_), clock_),
      tasks_(io_.get_executor()) {}

Result<void> Daemon::add_instruments() {
    for (const drivers::InstrumentConfig& config : config_.instruments) {
        std::shared_ptr<TrafficTrace> trace = traffic_.trace_of(config);
        auto made = drivers::make_instrument(config, io_.get_executor(), timing_, trace);
        if (!made) {
            return fail(made.error());
        }
        laboratory_.add_instrument(config, std::move(*made), std::move(trace));
    }
    return {};
}

Awaitable<void> Daemon::wait_for_signal() {
    const auto token = asio::as_tuple(asio::use_awaitable);
    (void)co_await signals_.async_wait(token);
}

Awaitable<void> Daemon::feed_watchdog() {
    ProgressGuard guard(laboratory_.turns(), store_.turns());
    const double every_s = service_.feed_interval_s() > 0.0 ? service_.feed_interval_s() : 10.0;
    while (true) {
        co_await timing_.pause(every_s);
        if (guard.has_progressed()) {
            service_.send("WATCHDOG=1");
        } else {
            log_for("daemon")->error("no progress of acquisition or storage every_s={}", every_s);
        }
        worker_.reap();
        log_for("daemon")->debug(
            "loop wakes={} late_over_5_ms={} worst_ms={:.1f}",
            lag_.wakes(),
            lag_.wakes_late_over_5_ms(),
            lag_.worst_s() * 1e3
        );
    }
}

Awaitable<void> Daemon::live() {
    auto added = add_instruments();
    if (!added) {
        (void)std::fprintf(stderr, "relaxd: %s\n", added.error().sentence().c_str());
        exit_code_ = exit_configuration;
        co_return;
    }
    auto started = co_await laboratory_.start();
    if (!started) {
        (void)std::fprintf(stderr, "relaxd: %s\n", started.error().sentence().c_str());
        exit_code_ = exit_code_of(started.error());
    } else {
        const auto port = api_.start();
        if (port) {
            const bool is_v6 = config_.listen_host.find(':') != std::string::npos;
            const std::string host = is_v6 ? "[" + config_.listen_host + "]" : config_.listen_host;
            std::printf("listening http://%s:%u\n", host.c_str(), static_cast<unsigned>(*port));
            (void)std::fflush(stdout);
            log_for("daemon")->info(
                "ready version={} port={} database={}", code_version(), *port, config_.database_path
            );
            service_.send("READY=1");
            tasks_.spawn("loop lag", lag_.watch(&timing_));
            tasks_.spawn("watchdog", feed_watchdog());
            co_await wait_for_signal();
        } else {
            (void)std::fprintf(stderr, "relaxd: %s\n", port.error().sentence().c_str());
            exit_code_ = exit_other;
        }
    }
    log_for("daemon")->info("shutting down");
    service_.send("STOPPING=1");
    co_await laboratory_.shut_down();
    co_await api_.stop();
    tasks_.cancel_all();
    co_await tasks_.wait_empty();
    // A cancelled signal set ends its waiters: nothing keeps the loop alive after this.
    boost::system::error_code ignored;
    signals_.cancel(ignored);  // NOLINT(bugprone-unused-return-value): nothing to do about it
}

int Daemon::run() {
    become_io_thread();
    std::exception_ptr failure;
    bool is_over = false;
    asio::co_spawn(io_, live(), [&failure, &is_over](const std::exception_ptr& error) {
        failure = error;
        is_over = true;
    });
    while (!is_over && io_.run_one() > 0) {}
    if (failure) {
        std::rethrow_exception(failure);
    }
    store_.close();
    io_.poll();  // completions of the last commits
    log_for("daemon")->info("ended");
    return exit_code_;
}

void Daemon::save_instruments() {
    constexpr std::chrono::seconds patience{2};
    auto done = std::make_shared<std::atomic<bool>>(false);
    auto begin = [this, done] {
        asio::co_spawn(io_, laboratory_.make_everything_safe(), [done](const std::exception_ptr&) {
            done->store(true);
        });
    };
    const SteadyTime since = clock_.steady();
    if (is_io_thread()) {
        begin();
        while (!*done && clock_.steady().ns - since.ns < std::chrono::nanoseconds(patience).count()
        ) {
            io_.run_one_for(std::chrono::milliseconds(50));
        }
        return;
    }
    auto promise = std::make_shared<std::promise<void>>();
    asio::post(io_, [this, promise] {
        asio::co_spawn(
            io_,
            laboratory_.make_everything_safe(),
            [promise](const std::exception_ptr&) { promise->set_value(); }
        );
    });
    (void)promise->get_future().wait_for(patience);
}

// The one daemon of the process, for the assertion hook.
std::atomic<Daemon*> the_daemon{nullptr};

void on_assertion(const char* text) {
    log_for("daemon")->critical("assertion failed, making instruments safe: {}", text);
    log_for("daemon")->flush();
    if (Daemon* daemon = the_daemon.load()) {
        daemon->save_instruments();
    }
}

int serve(DaemonConfig config) {
    // A reader of our log that went away is an error of write, not our end.
    (void)std::signal(SIGPIPE, SIG_IGN);
    auto campaign = open_campaign(config.database_path);
    if (!campaign) {
        (void)std::fprintf(stderr, "relaxd: %s\n", campaign.error().sentence().c_str());
        return exit_code_of(campaign.error());
    }
    start_logging(config.log_level);
    int code = exit_other;
    {
        Daemon daemon(std::move(config), std::move(*campaign));
        the_daemon.store(&daemon);
        set_assert_hook(on_assertion);
        code = daemon.run();
        set_assert_hook(nullptr);
        the_daemon.store(nullptr);
    }
    stop_logging();
    return code;
}

int run_program(const std::vector<std::string>& words) {
    const Arguments arguments = read_arguments(words);
    if (!arguments.error.empty()) {
        (void)std::fprintf(stderr, "relaxd: %s\n\n%s", arguments.error.c_str(), usage);
        return exit_configuration;
    }
    if (arguments.is_help) {
        std::printf("%s", usage);
        return exit_clean;
    }
    if (arguments.is_version) {
        std::printf("relaxd %s\n", std::string(code_version()).c_str());
        return exit_clean;
    }
    if (arguments.is_worker) {
        return run_fit_worker();
    }
    auto config = load_config(arguments.config);
    if (!config) {
        print_errors(config.error());
        return exit_configuration;
    }
    if (const ConfigErrors missing = check_calibration_names(*config); !missing.empty()) {
        print_errors(missing);
        return exit_configuration;
    }
    if (arguments.is_check) {
        std::printf("ok\n");
        for (const drivers::InstrumentConfig& instrument : config->instruments) {
            const std::string understood = drivers::describe_instrument(instrument);
            if (!understood.empty()) {
                std::printf("\n%s, %s\n", instrument.name.c_str(), understood.c_str());
            }
        }
        return exit_clean;
    }
    return serve(std::move(*config));
}

}  // namespace

}  // namespace relaxd::daemon

int main(int count, char** arguments) {
    try {
        return relaxd::daemon::run_program(
            std::vector<std::string>(arguments + (count > 0 ? 1 : 0), arguments + count)
        );
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "relaxd: %s\n", error.what());
    } catch (...) {
        (void)std::fprintf(stderr, "relaxd: unknown failure\n");
    }
    return 1;
}
