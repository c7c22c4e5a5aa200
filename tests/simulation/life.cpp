// SPDX-License-Identifier: MIT
#include "tests/simulation/life.hpp"

#include <utility>

namespace relaxd::test::simulation {

daemon::Awaitable<Result<record::FitResult>> SimFits::compute(daemon::FitRequest request) {
    // As the real one: points are taken before the first suspension.
    record::FitResult result;
    result.model = request.options.model;
    result.n_points = request.points.size();
    if (!request.points.empty()) {
        result.first_seq = request.points.front().seq;
        result.last_seq = request.points.back().seq;
    }
    const double takes_s = dice_.between(0.001, 0.5);
    const std::uint64_t fate = dice_.pick(10);
    const bool hangs = fate == 0;
    const SteadyTime now = timing_.clock().steady();
    const SteadyTime end{now.ns + static_cast<std::int64_t>((hangs ? 2.0 : takes_s) * 1e9)};
    while (!is_ended_ && timing_.clock().steady() < end) {
        co_await ended_.wait_until(timing_, end);
    }
    if (hangs || is_ended_) {
        co_return fail(Errc::timeout, "the fit hung and was killed", "fit worker");
    }
    if (fate < 5 || result.n_points < 8) {
        result.reason = "too few points";
        co_return result;
    }
    result.status = "converged";
    result.reduced_chi2 = 1.0;
    for (const int segment : request.segments) {
        record::IsothermEstimate isotherm;
        isotherm.segment = segment;
        isotherm.temperature_K = 300.0;
        isotherm.n_points = result.n_points;
        isotherm.first_seq = result.first_seq;
        isotherm.last_seq = result.last_seq;
        isotherm.chi_slope.name = "chi_slope";
        isotherm.chi_slope.value = 0.38;
        isotherm.chi_slope.standard_error = 0.02;
        isotherm.chi_slope.state = record::ParameterState::hinted;
        record::ParameterEstimate chi;
        chi.name = "chi";
        chi.value = dice_.between(0.36, 0.40);
        chi.standard_error = dice_.between(0.001, 0.02);
        chi.state = record::ParameterState::determined;
        isotherm.chi = chi;
        result.isotherms.push_back(isotherm);
    }
    co_return result;
}

Life::Life(
    const std::string& path,
    Disk& disk,
    ManualTiming& timing,
    Cable& cable,
    Dice dice,
    double guard_s
) {
    auto campaign = daemon::open_campaign(path);
    if (!campaign) {
        trouble_ = campaign.error().sentence();
        return;
    }
    const auto executor = io_.get_executor();
    fits_ = std::make_unique<SimFits>(executor, timing, dice);
    auto file = std::make_unique<SimCampaign>(std::move(*campaign), disk, timing.clock());
    store_ = std::make_unique<daemon::StoreThread>(executor, std::move(file), timing);
    daemon::LaboratoryParts parts;
    parts.executor = executor;
    parts.store = store_.get();
    parts.worker = fits_.get();
    parts.timing = &timing;
    laboratory_ = std::make_unique<daemon::LaboratoryCore>(parts);
    acts_ = std::make_unique<daemon::TaskGroup>(executor);
    drivers::q800_class::Options options;
    options.heartbeat_s = guard_s;
    drivers::InstrumentConfig config;
    config.name = instrument_name;
    config.driver = "q800_class";
    config.uri = "tcp://cable:1";
    config.heartbeat_s = guard_s;
    laboratory_->add_instrument(
        config,
        std::make_unique<drivers::q800_class::Q800Instrument>(
            executor, cable.make_opener(executor), timing, options
        )
    );
    acts_->spawn("start", begin());
}

daemon::Awaitable<void> Life::begin() {
    auto started = co_await laboratory_->start();
    if (started) {
        has_started_ = true;
    } else {
        trouble_ = started.error().sentence();
    }
}

bool Life::kill() {
    if (laboratory_ == nullptr) {
        return true;
    }
    store_->abandon();
    fits_->end();
    for (int round = 0; round < 2; ++round) {  // a start under way may have made a run meanwhile
        laboratory_->abandon();
        acts_->cancel_all();
        for (int i = 0; i < 10'000 && poll_one(); ++i) {}
    }
    return io_.stopped();
}

Life::~Life() {
    if (store_) {
        store_->close();
    }
    while (poll_one()) {}
}

}  // namespace relaxd::test::simulation
