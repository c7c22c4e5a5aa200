// SPDX-License-Identifier: MIT
#include "daemon/persist/campaign.hpp"

#include "schema/base/number.hpp"
#include "schema/store/run_store.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr std::size_t rows_a_page = 10'000;

class FileCampaign final : public Campaign {
  public:
    FileCampaign(std::string path, store::RunStore writer)
        : path_(std::move(path)), writer_(std::move(writer)) {}

    Result<record::Run> create_run(const record::Run& run, const record::Specimen& specimen)
        override {
        return is_open() ? writer_->create_run(run, specimen) : closed<record::Run>();
    }
    Result<void> append(std::int64_t run_id, std::span<record::Row> rows) override {
        return is_open() ? writer_->append(run_id, rows) : closed<void>();
    }
    Result<void> append_state(
        std::int64_t run_id,
        std::span<record::Row> rows,
        record::RunState state,
        const std::string& end_cause,
        UtcTime time
    ) override {
        return is_open() ? writer_->append_state(run_id, rows, state, end_cause, time)
                         : closed<void>();
    }
    Result<void> put_segment(std::int64_t run_id, const record::Segment& segment) override {
        return is_open() ? writer_->put_segment(run_id, segment) : closed<void>();
    }
    Result<void> put_truth(std::int64_t run_id, std::span<const record::Truth> rows) override {
        return is_open() ? writer_->put_truth(run_id, rows) : closed<void>();
    }
    Result<void> put_instrument(const record::Instrument& instrument) override {
        return is_open() ? writer_->put_instrument(instrument) : closed<void>();
    }
    Result<void> put_fact(std::int64_t run_id, const std::string& key, const std::string& value)
        override {
        return is_open() ? writer_->put_fact(run_id, key, value) : closed<void>();
    }
    Result<void> put_thermal_history(std::int64_t run_id) override {
        return is_open() ? writer_->put_thermal_history(run_id) : closed<void>();
    }

    Result<record::Run> run(std::int64_t run_id) override {
        auto reader = store::RunReader::open(path_);
        if (!reader) {
            return fail(reader.error());
        }
        return reader->run(std::to_string(run_id));
    }
    Result<std::vector<StoredRun>> runs_not_ended() override;
    Result<std::vector<record::Point>> points(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    ) override {
        auto reader = store::RunReader::open(path_);
        if (!reader) {
            return fail(reader.error());
        }
        return reader->points(run_id, after_seq, limit);
    }
    Result<bool> has_token(const std::string& run_token) override {
        auto reader = store::RunReader::open(path_);
        if (!reader) {
            return fail(reader.error());
        }
        return reader->has_fact("run_token", run_token);
    }
    Result<EarlierRun> earlier_run(const std::string& id) override;
    Result<record::Calibration> calibration(const std::string& name, std::uint64_t version)
        override {
        auto reader = store::RunReader::open(path_);
        return reader ? reader->calibration(name, version) : fail(reader.error());
    }
    Result<std::vector<record::RunFact>> run_facts(std::int64_t run_id) override {
        auto reader = store::RunReader::open(path_);
        return reader ? reader->run_facts(run_id) : fail(reader.error());
    }
    Result<void> put_run_facts(std::int64_t run_id, const std::vector<record::RunFact>& facts)
        override {
        return is_open() ? writer_->put_run_facts(run_id, facts) : closed<void>();
    }
    Result<void> reopen() override;

  private:
    [[nodiscard]] bool is_open() const { return writer_.has_value(); }
    template <typename T>
    [[nodiscard]] Result<T> closed() const {
        return fail(Errc::io, "the campaign file is closed after a failed write", path_);
    }
    [[nodiscard]] static Result<StoredRun> stored_run(store::RunReader& reader, record::Run run);

    std::string path_;
    std::optional<store::RunStore> writer_;
};

Result<EarlierRun> FileCampaign::earlier_run(const std::string& id) {
    auto reader = store::RunReader::open(path_);
    if (!reader) {
        return fail(reader.error());
    }
    auto run = reader->run(id);
    if (!run) {
        return fail(run.error());
    }
    auto specimen = reader->specimen(run->run_id);
    auto estimates = reader->estimates(run->run_id, 0, std::numeric_limits<std::size_t>::max());
    auto passed = reader->fact(run->run_id, "thermal_T_x_passed");
    if (!specimen || !estimates || !passed) {
        return fail(!specimen ? specimen.error() : !estimates ? estimates.error() : passed.error());
    }
    EarlierRun out;
    out.run = std::move(*run);
    out.specimen = std::move(*specimen);
    out.T_x_passed = passed->value_or("unknown");
    for (record::Estimate& estimate : *estimates) {
        if (estimate.model != "dynamic") {
            continue;
        }
        if (!out.estimates.empty() && out.estimates.back().fit_number != estimate.fit_number) {
            out.estimates.clear();
        }
        out.estimates.push_back(std::move(estimate));
    }
    return out;
}

Result<StoredRun> FileCampaign::stored_run(store::RunReader& reader, record::Run run) {
    StoredRun stored;
    const std::int64_t run_id = run.run_id;
    stored.run = std::move(run);
    auto specimen = reader.specimen(run_id);
    auto token = reader.fact(run_id, "run_token");
    auto serial = reader.fact(run_id, "instrument_serial_number");
    auto mask = reader.fact(run_id, "fit_T_max_K");
    auto segments = reader.segments(run_id);
    auto number = reader.last_reading_number(run_id);
    auto fit = reader.last_fit_number(run_id);
    if (!token || !segments || !number || !fit) {
        return fail(
            !token      ? token.error()
            : !segments ? segments.error()
            : !number   ? number.error()
                        : fit.error()
        );
    }
    if (specimen) {  // a run without specimen record is still a run
        stored.specimen = std::move(*specimen);
    }
    stored.run_token = token->value_or("");
    if (serial) {
        stored.serial_number = serial->value_or("");
    }
    if (mask) {
        stored.fit_T_max_K = to_double(mask->value_or("")).value_or(record::unknown);
    }
    stored.segments = std::move(*segments);
    stored.last_number = *number;
    stored.last_fit_number = *fit;
    // A gap at the end is as much known as a reading.
    std::uint64_t after_seq = 0;
    while (true) {
        auto gaps = reader.gaps(run_id, after_seq, rows_a_page);
        if (!gaps) {
            return fail(gaps.error());
        }
        for (const record::Gap& gap : *gaps) {
            if (gap.missing > 0 && gap.first_number > 0) {
                stored.last_number =
                    std::max(stored.last_number, gap.first_number + gap.missing - 1);
            }
            after_seq = gap.seq;
        }
        if (gaps->size() < rows_a_page) {
            return stored;
        }
    }
}

Result<std::vector<StoredRun>> FileCampaign::runs_not_ended() {
    auto reader = store::RunReader::open(path_);
    if (!reader) {
        return fail(reader.error());
    }
    auto runs = reader->runs();
    if (!runs) {
        return fail(runs.error());
    }
    std::vector<StoredRun> found;
    for (record::Run& run : *runs) {
        if (record::is_end(run.state)) {
            continue;
        }
        auto stored = stored_run(*reader, std::move(run));
        if (!stored) {
            return fail(stored.error());
        }
        found.push_back(std::move(*stored));
    }
    return found;
}

Result<void> FileCampaign::reopen() {
    writer_.reset();  // gives the lock back first
    auto opened = store::RunStore::open(path_);
    if (!opened) {
        return fail(opened.error());
    }
    writer_.emplace(std::move(*opened));
    return {};
}

}  // namespace

Result<EarlierRun> Campaign::earlier_run(const std::string& id) {
    return fail(Errc::not_found, "there is no run " + id, "run " + id);
}

Result<record::Calibration> Campaign::calibration(
    const std::string& name, std::uint64_t /*version*/
) {
    return fail(Errc::not_found, "there is no calibration set " + name, "calibration " + name);
}

Result<std::vector<record::RunFact>> Campaign::run_facts(std::int64_t /*run_id*/) {
    return std::vector<record::RunFact>{};
}

Result<void> Campaign::put_run_facts(
    std::int64_t /*run_id*/, const std::vector<record::RunFact>& /*facts*/
) {
    return {};
}

Result<std::unique_ptr<Campaign>> open_campaign(const std::string& path) {
    auto opened = store::RunStore::open(path);
    if (!opened) {
        return fail(opened.error());
    }
    return std::make_unique<FileCampaign>(path, std::move(*opened));
}

}  // namespace relaxd::daemon
