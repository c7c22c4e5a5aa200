// SPDX-License-Identifier: MIT
#include "tools/figures/plot.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace relaxd::figures {

namespace {

constexpr double left_px = 76.0;

constexpr double bottom_px = 56.0;
constexpr double plot_height_px = 290.0;
constexpr double title_px = 30.0;
constexpr double note_px = 16.0;
constexpr double legend_row_px = 16.0;
constexpr double tolerance_px = 0.12;
constexpr double character_px = 6.4;

struct Place {
    double x = 0.0;
    double y = 0.0;
};

/// Data to pixels along one axis.
struct Scale {
    bool log = false;
    double from = 0.0;
    double to = 1.0;
    double start_px = 0.0;
    double end_px = 1.0;

    [[nodiscard]] std::optional<double> at(double value) const {
        if (!std::isfinite(value) || (log && value <= 0.0)) {
            return std::nullopt;
        }
        const double part =
            log ? (std::log10(value) - std::log10(from)) / (std::log10(to) - std::log10(from))
                : (value - from) / (to - from);
        return std::clamp(start_px + part * (end_px - start_px), -3000.0, 6000.0);
    }
};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else {
            out += c;
        }
    }
    return out;
}

/// Pixels: 0.1 px, without ".0".
std::string px(double value) {
    std::string text = fixed(value, 1);
    if (text.ends_with(".0")) {
        text.resize(text.size() - 2);
    }
    return text;
}

/// "tau_max" with "max" lowered, up to the next space or mark.
std::string with_subscripts(std::string_view text) {
    std::string out;
    std::string_view pending;  // what brings the line back up
    while (!text.empty()) {
        const std::size_t mark = std::min(text.find('_'), text.size());
        if (mark > 0 && !pending.empty()) {
            out += std::string(pending) + escaped(text.substr(0, mark)) + "</tspan>";
            pending = {};
        } else {
            out += escaped(text.substr(0, mark));
        }
        if (mark == text.size()) {
            break;
        }
        const std::size_t end = std::min(text.find_first_of(" (/,.;)=:_", mark + 1), text.size());
        out += "<tspan dy=\"3\" font-size=\"80%\">" +
               escaped(text.substr(mark + 1, end - mark - 1)) + "</tspan>";
        pending = "<tspan dy=\"-3\">";
        text.remove_prefix(end);
    }
    return out;
}

std::string words(double x, double y, std::string_view attributes, std::string_view text) {
    return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" " + std::string(attributes) + ">" +
           with_subscripts(text) + "</text>\n";
}

std::string superscript(int exponent) {
    static constexpr std::array<const char*, 10> digits{
        "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"
    };
    std::string out;
    for (const char c : fixed(exponent, 0)) {
        out += c == '-' ? "⁻" : digits.at(static_cast<std::size_t>(c - '0'));
    }
    return out;
}

struct Tick {
    double value = 0.0;
    std::string label;  ///< Empty: a small one.
};

std::vector<Tick> linear_ticks(double from, double to, double length_px) {
    const double span = to - from;
    const double most = std::max(2.0, length_px / 62.0);
    const double power = std::pow(10.0, std::floor(std::log10(span / most)));
    double step = power;
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        step = factor * power;
        if (span / step <= most) {
            break;
        }
    }
    const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
    std::vector<Tick> out;
    const double first = std::ceil(from / step - 1e-9);
    for (int i = 0; (first + i) * step <= to + 1e-9 * span; ++i) {
        const double value = (first + i) * step;
        out.push_back({value, fixed(value, decimals)});
    }
    return out;
}

std::vector<Tick> log_ticks(double from, double to, double length_px) {
    const int first = static_cast<int>(std::floor(std::log10(from) + 1e-9));
    const int last = static_cast<int>(std::ceil(std::log10(to) - 1e-9));
    const int every = std::max(1, static_cast<int>(std::ceil((last - first) * 36.0 / length_px)));
    std::vector<Tick> out;
    for (int decade = first; decade <= last; ++decade) {
        const double value = std::pow(10.0, decade);
        for (int digit = 1; digit <= 9; ++digit) {
            const double here = digit * value;
            if (here < from * (1.0 - 1e-9) || here > to * (1.0 + 1e-9)) {
                continue;
            }
            if (digit == 1 && decade % every == 0) {
                out.push_back({here, "10" + superscript(decade)});
            } else if (last - first <= 2 && (digit == 2 || digit == 5)) {
                out.push_back({here, fixed(here, std::max(0, -decade))});
            } else if (last - first <= 8 || digit == 1) {
                out.push_back({here, ""});
            }
        }
    }
    return out;
}

/// The range of an axis: as given, else of the data with a margin.
Axis ranged(Axis axis, const std::vector<Curve>& curves, bool is_x) {
    if (axis.from != axis.to) {
        return axis;
    }
    bool any = false;
    bool has_points = false;
    for (const Curve& curve : curves) {
        has_points = has_points || curve.mark == Mark::points;
        for (const double value : is_x ? curve.x : curve.y) {
            if (!std::isfinite(value) || (axis.log && value <= 0.0)) {
                continue;
            }
            axis.from = any ? std::min(axis.from, value) : value;
            axis.to = any ? std::max(axis.to, value) : value;
            any = true;
        }
    }
    if (!any || axis.from == axis.to) {
        axis.from = axis.log ? 0.1 : axis.from - 1.0;
        axis.to = axis.log ? 10.0 : axis.to + 1.0;
    } else if (axis.log) {
        const double margin = is_x && !has_points ? 1.0 : std::pow(axis.to / axis.from, 0.05);
        axis.from /= margin;
        axis.to *= margin;
    } else {
        const double margin = is_x && !has_points ? 0.0 : 0.05 * (axis.to - axis.from);
        axis.from -= margin;
        axis.to += margin;
    }
    return axis;
}

double distance(const Place& p, const Place& a, const Place& b) {
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double length = std::hypot(dx, dy);
    return length > 0.0 ? std::abs(dx * (p.y - a.y) - dy * (p.x - a.x)) / length
                        : std::hypot(p.x - a.x, p.y - a.y);
}

/// Leaves out what a straight line shows as well.
std::vector<Place> thinned(const std::vector<Place>& places) {
    std::vector<Place> out;
    std::size_t i = 0;
    while (i + 1 < places.size()) {
        out.push_back(places[i]);
        std::size_t reach = i + 1;
        bool straight = true;
        while (straight && reach + 1 < places.size()) {
            for (std::size_t k = i + 1; k <= reach && straight; ++k) {
                straight = distance(places[k], places[i], places[reach + 1]) < tolerance_px;
            }
            reach += straight ? 1 : 0;
        }
        i = reach;
    }
    if (!places.empty()) {
        out.push_back(places.back());
    }
    return out;
}

std::string path(const std::vector<Place>& places) {
    std::string out;
    for (const Place& place : thinned(places)) {
        out += (out.empty() ? "M" : " ") + px(place.x) + "," + px(place.y);
    }
    return out;
}

std::string dashes(Mark mark) {
    if (mark == Mark::dashed) {
        return " stroke-dasharray=\"6,4\"";
    }
    return mark == Mark::dotted ? " stroke-dasharray=\"1.5,3\"" : "";
}

std::string draw(const Curve& curve, const Scale& x, const Scale& y) {
    if (curve.mark == Mark::points) {
        std::string out = "<g fill=\"" + curve.colour + "\">\n";
        for (std::size_t i = 0; i < curve.x.size(); ++i) {
            const auto place_x = x.at(curve.x[i]);
            const auto place_y = y.at(curve.y[i]);
            if (place_x && place_y) {
                out +=
                    "<circle cx=\"" + px(*place_x) + "\" cy=\"" + px(*place_y) + "\" r=\"2.6\"/>\n";
            }
        }
        return out + "</g>\n";
    }
    std::string d;
    std::vector<Place> places;
    for (std::size_t i = 0; i <= curve.x.size(); ++i) {
        const bool end = i == curve.x.size();
        const auto place_x = end ? std::nullopt : x.at(curve.x[i]);
        const auto place_y = end ? std::nullopt : y.at(curve.y[i]);
        if (place_x && place_y) {
            places.push_back({*place_x, *place_y});
        } else if (!places.empty()) {
            d += path(places);
            places.clear();
        }
    }
    return "<path d=\"" + d + "\" stroke=\"" + curve.colour + "\"" + dashes(curve.mark) + "/>\n";
}

std::string ticks_of(const Axis& axis, const Scale& scale, bool is_x, const Scale& across) {
    const double length = std::abs(scale.end_px - scale.start_px);
    const auto ticks =
        axis.log ? log_ticks(axis.from, axis.to, length) : linear_ticks(axis.from, axis.to, length);
    std::string lines;
    std::string labels;
    for (const Tick& tick : ticks) {
        const double at = *scale.at(tick.value);
        const double size = tick.label.empty() ? 3.0 : 6.0;
        if (is_x) {
            lines += "M" + px(at) + "," + px(across.start_px) + "v" + px(-size);
            labels += tick.label.empty()
                          ? ""
                          : words(at, across.start_px + 16.0, "text-anchor=\"middle\"", tick.label);
        } else {
            lines += "M" + px(across.start_px) + "," + px(at) + "h" + px(size);
            labels +=
                tick.label.empty()
                    ? ""
                    : words(across.start_px - 6.0, at + 4.0, "text-anchor=\"end\"", tick.label);
        }
    }
    return "<path d=\"" + lines + "\" stroke=\"#333\" fill=\"none\"/>\n" + labels;
}

std::string legend(const Panel& panel, double x, double y) {
    std::string out;
    for (const Curve& curve : panel.curves) {
        if (curve.name.empty()) {
            continue;
        }
        if (curve.mark == Mark::points) {
            out += "<circle cx=\"" + px(x + 12.0) + "\" cy=\"" + px(y - 4.0) +
                   "\" r=\"3\" fill=\"" + curve.colour + "\"/>\n";
        } else {
            out += "<path d=\"M" + px(x) + "," + px(y - 4.0) + "h24\" stroke=\"" + curve.colour +
                   "\" stroke-width=\"1.6\"" + dashes(curve.mark) + "/>\n";
        }
        out += words(x + 30.0, y, "", curve.name);
        y += legend_row_px;
    }
    return out;
}

std::string draw(const Panel& panel, double x_px, double y_px, double width_px, int number) {
    const Axis x = ranged(panel.x, panel.curves, true);
    const Axis y = ranged(panel.y, panel.curves, false);
    const double left = x_px + left_px;
    const double top = y_px;
    const Scale to_x{x.log, x.from, x.to, left, left + width_px};
    const Scale to_y{y.log, y.from, y.to, top + plot_height_px, top};
    const std::string id = "p" + fixed(number, 0);
    const std::string frame = "x=\"" + px(left) + "\" y=\"" + px(top) + "\" width=\"" +
                              px(width_px) + "\" height=\"" + px(plot_height_px) + "\"";
    std::string out = "<clipPath id=\"" + id + "\"><rect " + frame + "/></clipPath>\n";
    out += "<g clip-path=\"url(#" + id + ")\" fill=\"none\" stroke-width=\"1.6\">\n";
    for (const Curve& curve : panel.curves) {
        out += draw(curve, to_x, to_y);
    }
    out += "</g>\n<rect " + frame + " fill=\"none\" stroke=\"#333\"/>\n";
    out += ticks_of(x, to_x, true, to_y) + ticks_of(y, to_y, false, to_x);
    out += words(left, top - 8.0, "font-weight=\"bold\"", panel.title);
    out += words(
        left + width_px / 2.0, top + plot_height_px + 38.0, "text-anchor=\"middle\"", x.label
    );
    const double middle = top + plot_height_px / 2.0;
    out += words(
        x_px + 18.0,
        middle,
        "text-anchor=\"middle\" transform=\"rotate(-90 " + px(x_px + 18.0) + " " + px(middle) +
            ")\"",
        y.label
    );
    return out + legend(panel, left + width_px + 12.0, top + 12.0);
}

/// Characters of UTF-8 text.
std::size_t length(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// Lines of at most `most` characters.
std::vector<std::string> wrapped(const std::vector<std::string>& notes, std::size_t most) {
    std::vector<std::string> lines;
    for (const std::string& note : notes) {
        std::string line;
        std::size_t from = 0;
        while (from < note.size()) {
            const std::size_t space = std::min(note.find(' ', from), note.size());
            const std::string word = note.substr(from, space - from);
            if (!line.empty() && length(line) + 1 + length(word) > most) {
                lines.push_back(line);
                line.clear();
            }
            line += (line.empty() ? "" : " ") + word;
            from = space + 1;
        }
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

std::string colour(std::size_t index) {
    static constexpr std::array<const char*, 8> palette{
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9", "#e69f00", "#7f7f7f"
    };
    return palette.at(index % palette.size());
}

std::string temperature_colour(double place) {
    static constexpr std::array<std::array<double, 3>, 4> stops{
        {{30, 60, 190}, {20, 150, 160}, {225, 150, 20}, {190, 20, 30}}
    };
    const double scaled = 3.0 * std::clamp(place, 0.0, 1.0);
    const auto first = static_cast<std::size_t>(std::min(2.0, std::floor(scaled)));
    const double part = scaled - static_cast<double>(first);
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "#";
    for (std::size_t i = 0; i < 3; ++i) {
        const double mixed =
            (1.0 - part) * stops.at(first).at(i) + part * stops.at(first + 1).at(i);
        const auto level = static_cast<std::size_t>(std::lround(mixed));
        out += hex.at(level / 16);
        out += hex.at(level % 16);
    }
    return out;
}

std::string fixed(double value, int decimals) {
    std::array<char, 64> text{};
    const auto done = std::to_chars(
        text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals
    );
    std::string out(text.data(), done.ptr);
    if (out.starts_with('-') && out.find_first_not_of("-0.") == std::string::npos) {
        out.erase(0, 1);
    }
    return out;
}

std::string svg(const Figure& figure) {
    const auto columns = static_cast<std::size_t>(std::max(1, figure.columns));
    const std::size_t rows = (figure.panels.size() + columns - 1) / columns;
    const double plot_px = columns == 1 ? 450.0 : 320.0;
    std::vector<double> start_px{0.0};  // of the columns; a column without names needs no legend
    for (std::size_t column = 0; column < columns; ++column) {
        bool named = false;
        for (std::size_t i = column; i < figure.panels.size(); i += columns) {
            for (const Curve& curve : figure.panels[i].curves) {
                named = named || !curve.name.empty();
            }
        }
        const double legend_px = !named ? 16.0 : columns == 1 ? 214.0 : 100.0;
        start_px.push_back(start_px.back() + left_px + plot_px + legend_px);
    }
    const bool titled =
        std::ranges::any_of(figure.panels, [](const Panel& p) { return !p.title.empty(); });
    const double top_px = titled ? 30.0 : 10.0;
    const double row_px = top_px + plot_height_px + bottom_px;
    const double width = start_px.back();
    const auto notes =
        wrapped(figure.notes, static_cast<std::size_t>((width - 28.0) / character_px));
    const double body = title_px + row_px * static_cast<double>(rows);
    const double height = body + note_px * static_cast<double>(notes.size()) + 10.0;
    const std::string size = px(width) + " " + px(height);
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size +
                      "\" width=\"" + px(width) + "\" height=\"" + px(height) +
                      "\" font-family=\"DejaVu Sans, Arial, sans-serif\" font-size=\"11.5\" "
                      "fill=\"#111\">\n";
    out += "<title>" + escaped(figure.title) + "</title>\n";
    out += "<rect width=\"" + px(width) + "\" height=\"" + px(height) + "\" fill=\"#fff\"/>\n";
    out += words(14.0, 21.0, "font-size=\"14\" font-weight=\"bold\"", figure.title);
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        const std::size_t row = i / columns;
        out += draw(
            figure.panels[i],
            start_px.at(i % columns),
            title_px + row_px * static_cast<double>(row) + top_px,
            plot_px,
            static_cast<int>(i)
        );
    }
    for (std::size_t i = 0; i < notes.size(); ++i) {
        out +=
            words(14.0, body + note_px * static_cast<double>(i) + 8.0, "fill=\"#444\"", notes[i]);
    }
    return out + "</svg>\n";
}

}  // namespace relaxd::figures
