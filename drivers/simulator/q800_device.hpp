// SPDX-License-Identifier: MIT
//
// The simulated instrument behind the q800_class line protocol (docs/protocols/q800_class.md), as a
// state machine without I/O: bytes and host time in, bytes out.
//
// Instrument time runs `speed` times as fast as host time; it waits at a gate (`allow`), when the
// host has not stored what it was sent (`ack`), and while output backs up, so nothing is ever lost.
// Readings depend on material, method, seed and noise only, never on host time. One thread.

#pragma once

#include "drivers/simulator/experiment.hpp"
#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/physics_faults.hpp"
#include "drivers/simulator/sim_device.hpp"
#include "drivers/simulator/truth.hpp"
#include "schema/base/clock.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::simulator {

struct SimOptions {
    material::Params params;                    ///< Must pass `checked_params`.
    std::vector<material::FastBeta> fast_beta;  ///< Must pass `checked_fast_beta`.
    GlassOptions glass;                         ///< Must pass `checked_glass`.
    std::string material;                       ///< Its name, told by `identify`.
    std::uint64_t seed = 1;
    double speed = 1.0;  ///< Instrument seconds a host second, up to 10 000.
    NoiseSizes noise;
    Bench bench;
    std::uint64_t keeps = 65536;  ///< Readings kept for `resend`.
    FaultScript faults;           ///< Its physics; for its bytes see FaultyWire.
    std::string serial;           ///< Empty: `SIM-` and the seed.
    std::string bench_name;       ///< Told by `identify`, like the material's.
    std::string faults_name;
};

/// The text of a reading as sent (4.1), without checksum.
[[nodiscard]] std::string reading_payload(const SimReading& reading);

class Q800Device final : public SimDevice {
  public:
    explicit Q800Device(const SimOptions& options);

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    /// Without a host, unsolicited lines are kept but not sent.
    void connect() override;
    void disconnect() override;
    [[nodiscard]] bool connected() const override { return connected_; }
    [[nodiscard]] RunPosition run_position() const override { return {runs_, run_time_s_}; }
    void pause_at(double run_time_s) override { pause_s_ = run_time_s; }
    [[nodiscard]] bool take_hang_up() override { return std::exchange(hung_up_, false); }
    [[nodiscard]] bool accepting() const override { return host_ >= booted_; }

    /// As `status` says it: idle, armed, running, holding, cooling or fault.
    [[nodiscard]] std::string_view state_word() const { return word(state_); }

    /// Called with every reading when it is taken, and with the run's token.
    using ReadingHook = std::function<void(const SimReading& reading, const std::string& token)>;
    void on_reading(ReadingHook hook) { reading_hook_ = std::move(hook); }

  private:
    enum class State { idle, armed, running, holding, cooling, fault };

    struct Kept {
        std::string line;
        int segment = 0;
        ReadingTruth truth;
    };

    /// A request whose answer follows many lines.
    struct Job {
        Job() = default;
        bool truth = false;
        std::uint64_t id = 0;
        std::uint64_t next = 0;
        std::uint64_t last = 0;
        std::uint64_t first_sent = 0;
        std::uint64_t count = 0;
    };

    struct Answered {
        std::uint64_t id = 0;
        std::string line;  ///< Empty while its job runs.
    };

    struct Request {
        std::uint64_t id = 0;
        std::string_view payload;
        std::vector<std::string_view> words;
    };

    using Reply = std::string;  ///< "= …" or "! …" without ID; empty: the answer follows later.
    using Handler = Reply (Q800Device::*)(const Request&);
    struct Verb {
        std::string_view name;
        Handler handler;
        std::size_t words_min;
        std::size_t words_max;
    };
    [[nodiscard]] static const std::vector<Verb>& verbs();

    // q800_requests.cpp
    void take_line(const std::string& payload);
    Reply dispatch(const Request& request);
    Reply identify(const Request& request);
    Reply status(const Request& request);
    Reply heartbeat(const Request& request);
    Reply method(const Request& request);
    Reply method_begin(const Request& request);
    Reply method_line(const Request& request);
    Reply method_commit(const Request& request);
    Reply start(const Request& request);
    Reply hold(const Request& request);
    Reply resume(const Request& request);
    Reply stop(const Request& request);
    Reply safe(const Request& request);
    Reply resend(const Request& request);
    Reply ack(const Request& request);
    Reply allow(const Request& request);
    Reply end_segment(const Request& request);
    Reply truth(const Request& request);
    void answer(std::uint64_t id, std::string_view verb, const Reply& reply);
    void send_answer(std::uint64_t id, std::string payload);
    void pump_jobs();
    void pump_resend(Job& job);
    void pump_truth(Job& job);

    // q800_device.cpp
    [[nodiscard]] bool in_run() const {
        return state_ == State::running || state_ == State::holding;
    }
    [[nodiscard]] bool gated() const;
    [[nodiscard]] std::uint64_t newest() const { return newest_; }
    [[nodiscard]] std::uint64_t oldest() const;
    [[nodiscard]] const Kept* kept(std::uint64_t number) const;
    [[nodiscard]] static std::string_view word(State state);
    void run_clock(SteadyTime now);
    void run_experiment(double target_s);
    void cool_down(double target_s);
    void take_reading();
    void change_state(State state, std::string_view cause);
    void end_run(State state, std::string_view cause);
    void make_safe(std::string_view cause);
    /// Armed, and never started.
    void forget_armed(std::string_view cause);
    void meet_faults();
    void reboot(double back_after_s);
    void send(std::string_view payload);

    SimOptions options_;
    Specimen specimen_;
    Furnace furnace_;
    PhysicsFaults faults_;
    std::unique_ptr<Experiment> experiment_;
    ReadingHook reading_hook_;

    // Host side
    bool connected_ = true;
    SteadyTime host_;
    SteadyTime last_sign_;
    SteadyTime booted_;
    bool hung_up_ = false;
    double guard_s_ = 0.0;
    bool guard_fired_ = false;
    LineCutter cutter_;
    std::string output_;
    std::deque<Answered> answered_;
    std::deque<Job> jobs_;

    // Instrument side
    State state_ = State::idle;
    double time_s_ = 0.0;      ///< Instrument clock; 0 at the start of a run.
    double run_time_s_ = 0.0;  ///< `time_s` of status: stands still after the run's end.
    double pause_s_ = std::numeric_limits<double>::infinity();
    std::uint64_t runs_ = 0;
    bool work_left_ = false;
    std::string token_ = "-";
    std::string cause_ = "-";
    int segment_ = 0;
    std::uint64_t newest_ = 0;
    std::uint64_t acked_ = 0;
    std::uint64_t allowed_ = 0;    ///< 0: no gate.
    std::uint64_t end_after_ = 0;  ///< The present segment ends after this reading; 0: by itself.
    std::deque<Kept> ring_;        ///< The last element is reading `newest_`.

    // Download
    std::string download_token_;
    std::uint64_t download_lines_ = 0;  ///< 0: no download under way.
    std::uint64_t download_next_ = 1;
    MethodReader reader_;
    SimMethod method_;
};

}  // namespace relaxd::simulator
