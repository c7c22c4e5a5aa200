// SPDX-License-Identifier: MIT
#include "model/series/aging_data.hpp"

#include "model/fit/short_text.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr double band_K = 0.5;
constexpr double same_omega = 1e-3;    ///< Relative.
constexpr double refused_share = 0.1;  ///< So many rows may be unusable before nothing is fitted.

struct Value {
    double value = record::unknown;
    double sigma = record::unknown;
};

Value tan_delta_of(const record::SeriesPoint& p) {
    if (std::isfinite(p.tan_delta)) {
        return {p.tan_delta, p.tan_delta_sigma};
    }
    Value out;
    out.value = p.loss_modulus / p.storage_modulus;
    out.sigma = std::abs(out.value) * std::hypot(
                                          p.loss_modulus_sigma / p.loss_modulus,
                                          p.storage_modulus_sigma / p.storage_modulus
                                      );
    return out;
}

Value value_of(const record::SeriesPoint& p, AgingQuantity quantity) {
    return quantity == AgingQuantity::tan_delta ? tan_delta_of(p)
                                                : Value{p.storage_modulus, p.storage_modulus_sigma};
}

double median(std::vector<double> v) {
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
}

/// The hold of one input.
struct Hold {
    double temperature_K = record::unknown;
    double start_s = 0.0;
    std::size_t before = 0;  ///< Rows before it.
};

/// Of rows with finite temperature in order of time; none given: time_s as it is.
Hold hold_of(const std::vector<const record::SeriesPoint*>& rows) {
    Hold out;
    std::vector<const record::SeriesPoint*> known;
    for (const auto* row : rows) {
        if (std::isfinite(row->temperature_K)) {
            known.push_back(row);
        }
    }
    if (known.empty()) {
        return out;
    }
    std::vector<double> later;
    for (std::size_t i = known.size() / 2; i < known.size(); ++i) {
        later.push_back(known[i]->temperature_K);
    }
    out.temperature_K = median(std::move(later));
    const auto is_outside = [&out](const record::SeriesPoint* p) {
        return std::abs(p->temperature_K - out.temperature_K) > band_K;
    };
    // Single rows outside later on are disturbances; the approach ends with the first row of the
    // band that the next one confirms.
    for (std::size_t i = 0; i < known.size(); ++i) {
        const bool stays = i + 1 == known.size() || !is_outside(known[i + 1]);
        if (is_outside(known[i]) || !stays) {
            continue;
        }
        if (i > 0) {
            const double from = known[i - 1]->temperature_K;
            const double to = known[i]->temperature_K;
            const double edge = out.temperature_K + (from > to ? band_K : -band_K);
            const double share = std::clamp((edge - from) / (to - from), 0.0, 1.0);
            out.start_s = known[i - 1]->time_s + share * (known[i]->time_s - known[i - 1]->time_s);
            out.before = i;
        }
        break;
    }
    return out;
}

class Reader {
  public:
    Reader(const record::SeriesData& data, AgingQuantity quantity)
        : data_(data), quantity_(quantity) {}

    AgingData run() {
        int last_input = -1;
        for (const auto& p : data_.points) {
            last_input = std::max(last_input, p.input);
        }
        for (int input = 0; input <= last_input && out_.reason.empty(); ++input) {
            read_input(input);
        }
        if (out_.reason.empty() && out_.rows.empty() && refused_ == 0) {
            out_.reason = "no rows of " + name() + " against time_s";
        }
        if (out_.reason.empty() &&
            static_cast<double>(refused_) >
                refused_share * static_cast<double>(out_.rows.size() + refused_)) {
            out_.reason = name() + " is zero, negative or absurd in " + std::to_string(refused_) +
                          " of " + std::to_string(out_.rows.size() + refused_) + " rows";
        }
        if (refused_ > 0) {
            out_.warnings.push_back(
                std::to_string(refused_) + " rows with a " + name() +
                " that is zero, negative or not finite were left out"
            );
        }
        check_sigmas();
        return std::move(out_);
    }

  private:
    [[nodiscard]] std::string name() const {
        return quantity_ == AgingQuantity::tan_delta ? "tan delta" : "storage modulus";
    }

    void read_input(int input) {
        std::vector<const record::SeriesPoint*> rows;
        for (const auto& p : data_.points) {
            if (p.input == input && std::isfinite(p.time_s)) {
                rows.push_back(&p);
            }
        }
        if (rows.empty()) {
            return;
        }
        std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
            return std::tie(a->time_s, a->seq) < std::tie(b->time_s, b->seq);
        });
        const Hold hold = hold_of(rows);
        check_temperature(hold);
        std::size_t settling = 0;
        std::size_t outside = 0;
        for (const auto* p : rows) {
            const Value v = value_of(*p, quantity_);
            if (p->time_s < hold.start_s) {
                ++settling;
            } else if (std::abs(p->temperature_K - hold.temperature_K) > band_K) {
                ++outside;
            } else if (std::isnan(v.value)) {
                continue;  // no reading of this quantity
            } else if (!std::isfinite(v.value) || v.value <= 0.0) {
                ++refused_;
            } else {
                add(*p, v, hold.start_s, input);
            }
        }
        say(hold, input, settling, outside);
    }

    void add(const record::SeriesPoint& p, const Value& v, double start_s, int input) {
        DecayRow row;
        row.time_s = p.time_s - start_s;
        row.value = v.value;
        row.sigma = v.sigma;
        row.group = group_of(input, p.omega_rad_s);
        row.seq = p.seq;
        out_.is_shear = out_.is_shear || p.is_shear;
        if (out_.rows.empty()) {
            out_.first_seq = p.seq;
        }
        out_.first_seq = std::min(out_.first_seq, p.seq);
        out_.last_seq = std::max(out_.last_seq, p.seq);
        out_.rows.push_back(row);
    }

    std::size_t group_of(int input, double omega) {
        for (std::size_t g = 0; g < inputs_.size(); ++g) {
            const double other = out_.omega_rad_s[g];
            const bool is_same = (std::isnan(omega) && std::isnan(other)) ||
                                 std::abs(omega - other) <= same_omega * other;
            if (inputs_[g] == input && is_same) {
                return g;
            }
        }
        inputs_.push_back(input);
        out_.omega_rad_s.push_back(omega);
        return inputs_.size() - 1;
    }

    void check_temperature(const Hold& hold) {
        if (std::isnan(hold.temperature_K)) {
            return;
        }
        if (std::isnan(temperature_K_)) {
            temperature_K_ = hold.temperature_K;
        } else if (std::abs(hold.temperature_K - temperature_K_) > 2.0 * band_K) {
            out_.reason = "the inputs were aged at different temperatures (" +
                          short_text(temperature_K_) + " K and " + short_text(hold.temperature_K) +
                          " K): fit them one by one";
        }
    }

    void say(const Hold& hold, int input, std::size_t settling, std::size_t outside) {
        const std::string of = input > 0 ? " of input " + std::to_string(input + 1) : "";
        if (settling > 0 && hold.before == 0) {
            out_.warnings.push_back(
                std::to_string(settling) + " rows" + of + " with a negative time_s were left out"
            );
        } else if (settling > 0) {
            out_.warnings.push_back(
                "t = 0" + of + " is at time_s = " + short_text(hold.start_s) +
                ", where the temperature entered " + short_text(hold.temperature_K) +
                " +- 0.5 K; " + std::to_string(settling) +
                " rows of thermal settling before it were left out"
            );
        }
        if (outside > 0) {
            out_.warnings.push_back(
                std::to_string(outside) + " later rows" + of + " outside " +
                short_text(hold.temperature_K) + " +- 0.5 K were left out"
            );
        }
    }

    /// All or none: a sigma that is zero or negative is an error of the file.
    void check_sigmas() {
        std::size_t given = 0;
        for (const auto& row : out_.rows) {
            if (std::isnan(row.sigma)) {
                continue;
            }
            ++given;
            if (!(row.sigma > 0.0) || !std::isfinite(row.sigma) || row.sigma < 1e-9 * row.value) {
                out_.reason = "the standard deviation of " + name() + " is zero, negative or " +
                              "absurdly small (" + short_text(row.sigma) + ")";
                return;
            }
        }
        if (given > 0 && given < out_.rows.size()) {
            std::erase_if(out_.rows, [](const DecayRow& r) { return std::isnan(r.sigma); });
            out_.warnings.push_back("rows without a standard deviation were left out");
        }
    }

    const record::SeriesData& data_;
    AgingQuantity quantity_;
    AgingData out_;
    std::vector<int> inputs_;
    std::size_t refused_ = 0;
    double temperature_K_ = record::unknown;
};

}  // namespace

AgingData aging_data(const record::SeriesData& data, AgingQuantity quantity) {
    return Reader(data, quantity).run();
}

}  // namespace relaxd::model
