// SPDX-License-Identifier: MIT
#include "daemon/fits/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <type_traits>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr std::uint8_t kind_job = 1;
constexpr std::uint8_t kind_result = 2;

/// Appends values; the one place that knows how each type looks in bytes.
class Writer {
  public:
    template <typename T>
        requires std::is_integral_v<T>
    void operator()(const T& value) {
        auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(std::uint64_t); ++i) {
            bytes_.push_back(static_cast<char>(bits & 0xFFU));
            bits >>= 8U;
        }
    }
    template <typename T>
        requires std::is_enum_v<T>
    void operator()(const T& value) {
        bytes_.push_back(static_cast<char>(value));
    }
    void operator()(const double& value) { (*this)(std::bit_cast<std::uint64_t>(value)); }
    void operator()(const std::string& text) {
        (*this)(text.size());
        bytes_ += text;
    }
    template <typename T>
    void operator()(const std::vector<T>& list);
    template <typename T>
    void operator()(const std::map<std::string, T>& map);
    template <typename T>
    void operator()(const std::optional<T>& value);
    template <typename T>
        requires std::is_class_v<T>
    void operator()(const T& value);

    [[nodiscard]] std::string frame(std::uint8_t kind) && {
        const auto length = static_cast<std::uint32_t>(bytes_.size() + 1);
        std::string out;
        out.reserve(frame_head_bytes + length);
        for (std::uint32_t i = 0; i < frame_head_bytes; ++i) {
            out.push_back(static_cast<char>((length >> (8U * i)) & 0xFFU));
        }
        out.push_back(static_cast<char>(kind));
        out += bytes_;
        return out;
    }

  private:
    std::string bytes_;
};

/// Takes values; once anything is wrong it stays wrong and every value is empty.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool is_done_well() const { return is_good_ && rest_.empty(); }

    template <typename T>
        requires std::is_integral_v<T>
    void operator()(T& value) {
        const std::string_view bytes = take(sizeof(std::uint64_t));
        std::uint64_t bits = 0;
        for (std::size_t i = bytes.size(); i > 0; --i) {
            bits = (bits << 8U) | static_cast<std::uint8_t>(bytes[i - 1]);
        }
        value = static_cast<T>(bits);
    }
    template <typename T>
        requires std::is_enum_v<T>
    void operator()(T& value) {
        const std::string_view byte = take(1);
        const auto number = byte.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(byte[0]);
        constexpr std::uint8_t last = std::is_same_v<T, record::Form> ? 2 : 5;
        is_good_ = is_good_ && number <= last;
        value = is_good_ ? static_cast<T>(number) : T{};
    }
    void operator()(double& value) {
        std::uint64_t bits = 0;
        (*this)(bits);
        value = std::bit_cast<double>(bits);
    }
    void operator()(std::string& text) {
        std::uint64_t size = 0;
        (*this)(size);
        text = std::string(take(size));
    }
    template <typename T>
    void operator()(std::vector<T>& list);
    template <typename T>
    void operator()(std::map<std::string, T>& map);
    template <typename T>
    void operator()(std::optional<T>& value);
    template <typename T>
        requires std::is_class_v<T>
    void operator()(T& value);

  private:
    std::string_view take(std::uint64_t count) {
        if (!is_good_ || count > rest_.size()) {
            is_good_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::string_view rest_;
    bool is_good_ = true;
};

/// Every number of a series point that may be unknown: most of them are, in any one test.
constexpr std::array<double record::SeriesPoint::*, 15> series_numbers{
    &record::SeriesPoint::temperature_K,
    &record::SeriesPoint::omega_rad_s,
    &record::SeriesPoint::stress_Pa,
    &record::SeriesPoint::stress_sigma_Pa,
    &record::SeriesPoint::strain,
    &record::SeriesPoint::strain_sigma,
    &record::SeriesPoint::compliance_per_Pa,
    &record::SeriesPoint::compliance_sigma_per_Pa,
    &record::SeriesPoint::relaxation_modulus_Pa,
    &record::SeriesPoint::storage_modulus,
    &record::SeriesPoint::loss_modulus,
    &record::SeriesPoint::storage_modulus_sigma,
    &record::SeriesPoint::loss_modulus_sigma,
    &record::SeriesPoint::tan_delta,
    &record::SeriesPoint::tan_delta_sigma,
};

/// A word that says which numbers follow, then these.
template <typename Archive, typename Point>
void known_numbers(Archive& with, Point& point) {
    std::uint64_t known = 0;
    for (std::size_t i = 0; i < series_numbers.size(); ++i) {
        known |= std::isnan(point.*series_numbers[i]) ? 0U : std::uint64_t{1} << i;
    }
    with(known);
    for (std::size_t i = 0; i < series_numbers.size(); ++i) {
        if (((known >> i) & 1U) != 0) {
            with(point.*series_numbers[i]);
        }
    }
}

// Fields of every struct, once for both directions. T is const when written.
template <typename Archive, typename T>
void fields_of(Archive& with, T& value) {
    using Value = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Value, record::Prior>) {
        with(value.mean), with(value.sd);
    } else if constexpr (std::is_same_v<Value, record::DynamicPoint>) {
        with(value.seq), with(value.segment), with(value.time_s), with(value.temperature_K);
        with(value.frequency_Hz), with(value.storage_modulus_Pa), with(value.loss_modulus_Pa);
        with(value.storage_modulus_sigma_Pa), with(value.loss_modulus_sigma_Pa);
        with(value.input), with(value.is_shear);
    } else if constexpr (std::is_same_v<Value, record::SeriesPoint>) {
        with(value.seq), with(value.segment), with(value.input), with(value.time_s);
        with(value.is_shear), with(value.is_relative);
        known_numbers(with, value);
    } else if constexpr (std::is_same_v<Value, record::SeriesInput>) {
        with(value.name), with(value.strain_rate_per_s), with(value.load_time_s);
        with(value.stress_Pa), with(value.stress_kind), with(value.length_m), with(value.area_m2);
    } else if constexpr (std::is_same_v<Value, record::SeriesData>) {
        with(value.inputs), with(value.points);
    } else if constexpr (std::is_same_v<Value, record::FitOptions>) {
        with(value.model), with(value.form), with(value.fixed), with(value.freed);
        with(value.priors), with(value.T_g_fixed_K), with(value.T_g_prior_K), with(value.T_max_K);
        with(value.iterations_max), with(value.formulation), with(value.material);
        with(value.wants_profiles), with(value.wants_alternatives);
        with(value.modulus_scale_relative_sd), with(value.temperature_offset_sd_K);
        with(value.start);
    } else if constexpr (std::is_same_v<Value, record::ParameterEstimate>) {
        with(value.name), with(value.value), with(value.standard_error);
        with(value.systematic_error), with(value.lower_95), with(value.upper_95);
        with(value.state), with(value.shrinkage), with(value.traded_with), with(value.method);
        with(value.profile_low), with(value.profile_high);
        with(value.combined_error);
    } else if constexpr (std::is_same_v<Value, record::KnownCombination>) {
        with(value.expression), with(value.names), with(value.value);
        with(value.standard_error), with(value.experiment);
    } else if constexpr (std::is_same_v<Value, record::Alternative>) {
        with(value.name), with(value.chi2), with(value.n_free), with(value.aic), with(value.bic);
        with(value.is_chosen);
    } else if constexpr (std::is_same_v<Value, record::ResidualCheck>) {
        with(value.lag1), with(value.runs_p), with(value.chi2_p), with(value.is_alarm);
        with(value.sentence);
    } else if constexpr (std::is_same_v<Value, record::SuperpositionTest>) {
        with(value.holds), with(value.p_value);
    } else if constexpr (std::is_same_v<Value, record::ShiftEstimate>) {
        with(value.temperature_K), with(value.ln_aT);
    } else if constexpr (std::is_same_v<Value, record::IsothermEstimate>) {
        with(value.temperature_K), with(value.segment), with(value.n_points);
        with(value.first_seq), with(value.last_seq), with(value.chi_slope), with(value.chi);
    } else if constexpr (std::is_same_v<Value, record::PeakEstimate>) {
        with(value.frequency_Hz), with(value.temperature_K);
    } else if constexpr (std::is_same_v<Value, record::FitResult>) {
        with(value.model), with(value.status), with(value.reason), with(value.n_points);
        with(value.n_flagged), with(value.n_free), with(value.reduced_chi2), with(value.form),
            with(value.wall_ms);
        with(value.parameters), with(value.correlation_names), with(value.correlations);
        with(value.derived), with(value.isotherms), with(value.peaks), with(value.shifts);
        with(value.tts_holds), with(value.known_combinations), with(value.alternatives);
        with(value.residuals), with(value.formulation), with(value.warnings);
        with(value.flagged_seqs), with(value.warm_start), with(value.first_seq);
        with(value.last_seq);
    } else {
        static_assert(std::is_same_v<Value, FitJob>);
        with(value.data_set), with(value.keep), with(value.appended), with(value.options);
        with(value.segments), with(value.dynamic), with(value.series);
    }
}

template <typename T>
void Writer::operator()(const std::vector<T>& list) {
    (*this)(list.size());
    for (const T& entry : list) {
        (*this)(entry);
    }
}
template <typename T>
void Writer::operator()(const std::map<std::string, T>& map) {
    (*this)(map.size());
    for (const auto& [key, entry] : map) {
        (*this)(key);
        (*this)(entry);
    }
}
template <typename T>
void Writer::operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) {
        (*this)(*value);
    }
}
template <typename T>
    requires std::is_class_v<T>
void Writer::operator()(const T& value) {
    fields_of(*this, value);
}

template <typename T>
void Reader::operator()(std::vector<T>& list) {
    std::uint64_t size = 0;
    (*this)(size);
    list.clear();
    // A garbage count fails at the end of the bytes, not in the allocator.
    list.reserve(std::min<std::uint64_t>(size, rest_.size() / sizeof(T)));
    for (std::uint64_t i = 0; is_good_ && i < size; ++i) {
        list.emplace_back();
        (*this)(list.back());
    }
}
template <typename T>
void Reader::operator()(std::map<std::string, T>& map) {
    std::uint64_t size = 0;
    (*this)(size);
    map.clear();
    for (std::uint64_t i = 0; is_good_ && i < size; ++i) {
        std::string key;
        (*this)(key);
        (*this)(map[key]);
    }
}
template <typename T>
void Reader::operator()(std::optional<T>& value) {
    std::uint64_t has = 0;
    (*this)(has);
    value.reset();
    if (is_good_ && has > 1) {
        is_good_ = false;
    }
    if (is_good_ && has == 1) {
        value.emplace();
        (*this)(*value);
    }
}
template <typename T>
    requires std::is_class_v<T>
void Reader::operator()(T& value) {
    fields_of(*this, value);
}

template <typename T>
Result<T> decode(std::string_view body, std::uint8_t kind, const char* what) {
    if (body.empty() || static_cast<std::uint8_t>(body.front()) != kind) {
        return fail(Errc::corrupt, std::string("a frame is not a ") + what, "fit worker");
    }
    Reader reader(body.substr(1));
    T value;
    reader(value);
    if (!reader.is_done_well()) {
        return fail(
            Errc::corrupt,
            std::string("a ") + what + " of " + std::to_string(body.size()) +
                " bytes is truncated or has bytes to spare",
            "fit worker"
        );
    }
    return value;
}

}  // namespace

std::string encode(const FitJob& job) {
    Writer writer;
    writer(job);
    return std::move(writer).frame(kind_job);
}

std::string encode(const record::FitResult& result) {
    Writer writer;
    writer(result);
    return std::move(writer).frame(kind_result);
}

Result<std::uint32_t> decode_head(std::string_view head) {
    std::uint32_t length = 0;
    for (std::size_t i = head.size(); i > 0; --i) {
        length = (length << 8U) | static_cast<std::uint8_t>(head[i - 1]);
    }
    if (head.size() != frame_head_bytes || length == 0 || length > frame_bytes_max) {
        return fail(
            Errc::corrupt, "a frame claims " + std::to_string(length) + " bytes", "fit worker"
        );
    }
    return length;
}

Result<FitJob> decode_job(std::string_view body) {
    return decode<FitJob>(body, kind_job, "fit job");
}

Result<record::FitResult> decode_result(std::string_view body) {
    return decode<record::FitResult>(body, kind_result, "fit result");
}

}  // namespace relaxd::daemon
