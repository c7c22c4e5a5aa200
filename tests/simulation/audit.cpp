// SPDX-License-Identifier: MIT
//
// After a seed: the file against the books of the device and of what was published.
#include "schema/store/run_store.hpp"
#include "tests/simulation/world.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace relaxd::test::simulation {
namespace {

constexpr std::uintmax_t wal_max = 64ULL * 1024 * 1024;

class Audit {
  public:
    Audit(const Ledger& ledger, const Published& published, Report& report)
        : ledger_(ledger), published_(published), report_(report) {}

    void file(const std::string& path) {
        const auto verified = store::verify(path);
        if (!verified || !verified->sound) {
            broken("R3", verified ? verified->faults.front() : verified.error().sentence());
        }
        auto reader = store::RunReader::open(path);
        auto runs =
            reader ? reader->runs() : Result<std::vector<record::Run>>(fail(reader.error()));
        if (!runs) {
            broken("R3", runs.error().sentence());
            return;
        }
        report_.runs = runs->size();
        for (const record::Run& run : *runs) {
            check_run(*reader, run);
        }
        for (const auto& [run_id, rows] : published_) {
            const bool is_there = std::any_of(runs->begin(), runs->end(), [&](const auto& run) {
                return run.run_id == run_id;
            });
            if (!is_there) {
                broken("R1", "run " + std::to_string(run_id) + " was published and is not there");
            }
        }
        const auto digest = store::digest(path, std::nullopt);
        report_.digest = digest ? *digest : "";
        std::error_code ignored;
        const auto wal = std::filesystem::file_size(path + "-wal", ignored);
        if (!ignored && wal > wal_max) {
            broken("R7", "the write-ahead log has " + std::to_string(wal) + " bytes");
        }
    }

  private:
    void broken(const char* promise, const std::string& what) {
        if (report_.broken.size() < 20) {
            report_.broken.push_back(std::string(promise) + " in the file: " + what);
        }
    }
    void broken(const char* promise, const record::Run& run, const std::string& what) {
        broken(promise, "run " + std::to_string(run.run_id) + ": " + what);
    }

    void check_run(store::RunReader& reader, const record::Run& run) {
        auto rows = reader.rows(run.run_id, 0, 1'000'000);
        if (!rows) {
            broken("R3", run, rows.error().sentence());
            return;
        }
        accounted_ = 0;
        is_tail_open_ = false;
        std::uint64_t seq = 0;
        std::uint64_t ends = 0;
        for (const record::Row& row : *rows) {
            const std::uint64_t is = std::visit([](const auto& value) { return value.seq; }, row);
            if (is != ++seq) {
                broken(
                    "R4", run, "seq " + std::to_string(is) + " follows " + std::to_string(seq - 1)
                );
                return;
            }
            if (const auto* point = std::get_if<record::Point>(&row)) {
                check_point(run, *point);
            } else if (const auto* gap = std::get_if<record::Gap>(&row)) {
                check_gap(run, *gap);
            } else if (const auto* event = std::get_if<record::Event>(&row);
                       event != nullptr && event->code == "STATE") {
                ends += is_end_word(event->detail) ? 1 : 0;
            }
        }
        check_end(run, *rows, ends);
        check_published(run, *rows);
    }

    /// Value by value from the line as it left the device.
    void check_point(const record::Run& run, const record::Point& point) {
        ++report_.points;
        if (is_tail_open_) {
            broken("R4", run, "a reading follows the gap of unknown size");
        }
        const record::Reading& reading = point.reading;
        const std::string name = "reading " + std::to_string(reading.number);
        if (reading.number != accounted_ + 1) {
            broken("R4", run, name + " follows number " + std::to_string(accounted_));
        }
        accounted_ = std::max(accounted_, reading.number);
        const std::string* line = ledger_.line(run.uuid, reading.number);
        if (line == nullptr) {
            broken("R4", run, name + " was never taken");
            return;
        }
        if (reading.raw != *line) {
            broken("R4", run, name + " is '" + reading.raw + "', the device sent '" + *line + "'");
            return;
        }
        check_values(run, reading, *line);
    }

    static double value_of(std::string_view word) {
        double value = record::unknown;  // "-"
        (void)std::from_chars(word.data(), word.data() + word.size(), value);
        return value;
    }

    void check_values(
        const record::Run& run, const record::Reading& reading, std::string_view line
    ) {
        std::vector<std::string_view> words;
        while (!line.empty()) {
            const std::size_t end = std::min(line.find(' '), line.size());
            words.push_back(line.substr(0, end));
            line.remove_prefix(std::min(end + 1, line.size()));
        }
        using record::Channel;
        const auto is = [&](Channel channel) { return reading.values[channel]; };
        const std::array<double, 15> got{
            static_cast<double>(reading.number),
            reading.time_s,
            static_cast<double>(reading.segment),
            is(Channel::temperature_K),
            is(Channel::set_temperature_K),
            is(Channel::frequency_Hz),
            is(Channel::static_force_N),
            is(Channel::dynamic_force_N),
            is(Channel::displacement_m),
            is(Channel::phase_rad),
            is(Channel::storage_modulus_Pa),
            is(Channel::loss_modulus_Pa),
            is(Channel::tan_delta),
            is(Channel::strain),
            is(Channel::stress_Pa),
        };
        for (std::size_t i = 0; i < got.size() && i + 1 < words.size(); ++i) {
            const double sent = value_of(words[i + 1]);
            if (got[i] != sent && !(std::isnan(got[i]) && std::isnan(sent))) {
                broken(
                    "R4",
                    run,
                    "column " + std::to_string(i) + " of reading " +
                        std::to_string(reading.number) + " is not what was sent"
                );
            }
        }
    }

    void check_gap(const record::Run& run, const record::Gap& gap) {
        ++report_.gaps;
        report_.missing += gap.missing;
        if (gap.cause.empty()) {
            broken("R4", run, "a gap without cause");
        }
        if (gap.first_number != accounted_ + 1) {
            broken(
                "R4",
                run,
                "a gap begins at " + std::to_string(gap.first_number) + " after number " +
                    std::to_string(accounted_)
            );
        }
        if (gap.missing == 0) {  // of unknown size: nothing but the end may follow
            if (run.end_cause.find("not known") == std::string::npos) {
                broken("R4", run, "a gap of unknown size, and the end does not say so");
            }
            is_tail_open_ = true;
            return;
        }
        accounted_ = std::max(accounted_, gap.first_number + gap.missing - 1);
        if (accounted_ > ledger_.newest(run.uuid)) {
            broken("R4", run, "a gap holds readings that were never taken");
        }
    }

    static bool is_end_word(const std::string& word) {
        for (const record::RunState state :
             {record::RunState::completed,
              record::RunState::stopped,
              record::RunState::aborted,
              record::RunState::interrupted,
              record::RunState::rejected}) {
            if (record::to_word(state) == word) {
                return true;
            }
        }
        return false;
    }

    void check_end(
        const record::Run& run, const std::vector<record::Row>& rows, std::uint64_t ends
    ) {
        if (!record::is_end(run.state) || ends != 1) {
            broken(
                "R5",
                run,
                "its state is " + std::string(record::to_word(run.state)) + ", it has " +
                    std::to_string(ends) + " ends"
            );
            return;
        }
        const auto* last = rows.empty() ? nullptr : std::get_if<record::Event>(&rows.back());
        if (last == nullptr || last->code != "STATE" ||
            last->detail != record::to_word(run.state)) {
            broken("R5", run, "its last row is not its end");
        }
        if (run.end_cause.empty()) {
            broken("R5", run, "its end has no cause");
        }
        // Readings that have no row are lost silently unless a gap says that there may be such.
        if (accounted_ < ledger_.newest(run.uuid) && !is_tail_open_) {
            broken(
                "R4",
                run,
                "it ended " + std::string(record::to_word(run.state)) + " (" + run.end_cause +
                    ") with readings to " + std::to_string(accounted_) + " of " +
                    std::to_string(ledger_.newest(run.uuid))
            );
        }
    }

    void check_published(const record::Run& run, const std::vector<record::Row>& rows) {
        const auto found = published_.find(run.run_id);
        if (found == published_.end()) {
            return;
        }
        std::uint64_t newest = 0;
        for (const auto& published : found->second) {
            const record::Row& shown = published->row;
            const std::uint64_t seq = std::visit([](const auto& row) { return row.seq; }, shown);
            if (seq <= newest) {
                broken("R4", run, "seq " + std::to_string(seq) + " was published out of order");
            }
            newest = seq;
            if (seq == 0 || seq > rows.size() || !is_same(shown, rows[seq - 1])) {
                broken("R1", run, "row " + std::to_string(seq) + " was published and is not there");
                return;
            }
        }
    }

    static bool is_same(const record::Row& a, const record::Row& b) {
        if (a.index() != b.index()) {
            return false;
        }
        if (const auto* point = std::get_if<record::Point>(&a)) {
            return point->reading.raw == std::get<record::Point>(b).reading.raw;
        }
        if (const auto* gap = std::get_if<record::Gap>(&a)) {
            const auto& other = std::get<record::Gap>(b);
            return gap->first_number == other.first_number && gap->missing == other.missing &&
                   gap->cause == other.cause;
        }
        if (const auto* event = std::get_if<record::Event>(&a)) {
            const auto& other = std::get<record::Event>(b);
            return event->code == other.code && event->message == other.message &&
                   event->detail == other.detail;
        }
        const auto& estimate = std::get<record::Estimate>(a);
        const auto& other = std::get<record::Estimate>(b);
        return estimate.parameter == other.parameter && estimate.fit_number == other.fit_number;
    }

    const Ledger& ledger_;
    const Published& published_;
    Report& report_;
    bool is_tail_open_ = false;    ///< A gap of unknown size has been seen.
    std::uint64_t accounted_ = 0;  ///< Newest reading number that is a point or in a gap.
};

}  // namespace

void audit(
    const std::string& path, const Ledger& ledger, const Published& published, Report& report
) {
    Audit(ledger, published, report).file(path);
}

}  // namespace relaxd::test::simulation
