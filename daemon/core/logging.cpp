// SPDX-License-Identifier: MIT
#include "daemon/core/logging.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace relaxd::daemon {

namespace {
constexpr std::size_t queue_lines = 8192;
constexpr std::int64_t repeat_ns = 60'000'000'000;
constexpr std::array<std::string_view, 7> levels{
    "trace", "debug", "info", "warn", "error", "critical", "off"
};
constexpr std::array<const char*, 6> loggers{"daemon", "run", "acquire", "store", "fits", "serve"};
}  // namespace

std::span<const std::string_view> log_levels() {
    return levels;
}

bool is_log_level(std::string_view word) {
    return std::find(levels.begin(), levels.end(), word) != levels.end();
}

void start_logging(const std::string& level) {
    spdlog::init_thread_pool(queue_lines, 1);
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    for (const char* name : loggers) {
        auto logger = std::make_shared<spdlog::async_logger>(
            name, sink, spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest
        );
        logger->flush_on(spdlog::level::warn);
        spdlog::register_logger(logger);
    }
    spdlog::set_default_logger(spdlog::get("daemon"));
    spdlog::set_level(spdlog::level::from_str(level));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %n %v", spdlog::pattern_time_type::utc);
}

void stop_logging() {
    spdlog::shutdown();
}

std::shared_ptr<spdlog::logger> log_for(std::string_view name) {
    if (auto found = spdlog::get(std::string(name))) {
        return found;
    }
    static const auto silent =
        std::make_shared<spdlog::logger>("silent", std::make_shared<spdlog::sinks::null_sink_mt>());
    return silent;
}

std::string marked(std::int64_t run_id, bool simulated) {
    return marked(std::to_string(run_id), simulated);
}

std::string marked(const std::string& name, bool simulated) {
    return simulated ? name + " simulated=1" : name;
}

std::uint64_t RepeatGate::let_through(SteadyTime now) {
    ++held_back_;
    if (!is_first_ && now.ns - last_.ns < repeat_ns) {
        return 0;
    }
    is_first_ = false;
    last_ = now;
    const std::uint64_t count = held_back_;
    held_back_ = 0;
    return count;
}

void RepeatGate::reset() {
    is_first_ = true;
    held_back_ = 0;
}

}  // namespace relaxd::daemon
