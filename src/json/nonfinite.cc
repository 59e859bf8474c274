#include "json/nonfinite.h"

#include <algorithm>
#include <cmath>

#include "json/escape.h"
#include "json/reader.h"

namespace daybook::json {
namespace {

constexpr std::string_view kNan = "NaN";
constexpr std::string_view kInfinity = "Infinity";
constexpr std::string_view kMinusInfinity = "-Infinity";

struct Spelling {
    std::string_view text;
    std::string_view name;
};
// Longer ones first, where one begins another.
constexpr Spelling kSpellings[] = {
    {"NaN", kNan},
    {"nan", kNan},
    {"-Infinity", kMinusInfinity},
    {"-inf", kMinusInfinity},
    {"Infinity", kInfinity},
    {"inf", kInfinity},
};

// Walks JSON text that may hold such spellings where values stand, knowing the place.
class Rewriter {
public:
    Rewriter(std::string_view text, const Path& base, NonFinite& nonfinite, std::string& out)
        : text_(text), base_(base), nonfinite_(nonfinite), out_(out) {}

    void run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                string();
            } else if (c == '{' || c == '[') {
                levels_.push_back({.is_object = c == '{', .wants_name = c == '{'});
                put();
            } else if (c == '}' || c == ']') {
                if (!levels_.empty()) levels_.pop_back();
                put();
            } else if (c == ',' || c == ':') {
                separator(c);
            } else if (!nonfinite()) {
                put();
            }
        }
    }

private:
    struct Level {
        bool is_object = false;
        bool wants_name = false;
        std::string name{};
        std::size_t index = 0;
    };

    void put() { out_ += text_[at_++]; }

    void separator(char c) {
        if (!levels_.empty()) {
            Level& level = levels_.back();
            level.wants_name = c == ',' && level.is_object;
            if (c == ',') ++level.index;
        }
        put();
    }

    void string() {
        const std::size_t begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
        at_ = std::min(at_ + 1, text_.size());
        const std::string_view raw = text_.substr(begin, at_ - begin);
        out_ += raw;
        if (levels_.empty() || !levels_.back().wants_name || raw.size() < 2) return;
        levels_.back().name.clear();
        unescape(raw.substr(1, raw.size() - 2), levels_.back().name);
    }

    bool nonfinite() {
        for (const Spelling& spelling : kSpellings) {
            if (!text_.substr(at_).starts_with(spelling.text)) continue;
            at_ += spelling.text.size();
            nonfinite_.append(spelling.name, pointer(), out_);
            return true;
        }
        return false;
    }

    std::string pointer() const {
        Path path = base_;
        for (const Level& level : levels_) {
            // Nested too deeply for an event: the text is refused as a whole.
            if (!path.enter()) break;
            if (level.is_object) {
                path.set(std::string_view(level.name));
            } else {
                path.set(level.index);
            }
        }
        return path.pointer();
    }

    std::string_view text_;
    const Path& base_;
    NonFinite& nonfinite_;
    std::string& out_;
    std::size_t at_ = 0;
    std::vector<Level> levels_{};
};

bool has_member(std::string_view object, std::string_view wanted) {
    Reader reader(object);
    std::string_view name;
    if (!reader.enter_object()) return false;
    while (reader.next_field(&name)) {
        if (name == wanted) return true;
        reader.skip();
    }
    return false;
}

}  // namespace

NonFinite::Form NonFinite::form_of(std::string_view event_type) {
    const bool listed = event_type == "trial.recorded" || event_type == "metric.recorded";
    return listed ? Form::kListed : Form::kText;
}

void NonFinite::append_member(std::string& out) const {
    if (entries_.empty()) return;
    out += ",\"nonfinite\":{";
    for (const auto& [pointer, name] : entries_) {
        if (out.back() != '{') out += ',';
        append_string(pointer, out);
        out.append(":\"").append(name).append("\"");
    }
    out += '}';
}

void NonFinite::append(double value, const Path& path, std::string& out) {
    append(std::isnan(value) ? kNan
           : value > 0       ? kInfinity
                             : kMinusInfinity,
           form_ == Form::kListed ? path.pointer() : std::string(), out);
}

void NonFinite::append(std::string_view name, std::string pointer, std::string& out) {
    if (form_ == Form::kText) {
        append_string(name, out);
        return;
    }
    entries_.emplace_back(std::move(pointer), name);
    out += "null";
}

void NonFinite::keep_what_stands(std::string_view pointer, std::string_view value) {
    const bool is_null = value == "null";
    const bool is_nested = value.starts_with('{') || value.starts_with('[');
    bool seen = false;
    // From behind: of several numbers of one place the last is the one that stands there.
    for (std::size_t i = entries_.size(); i-- > 0;) {
        const std::string_view place = entries_[i].first;
        if (!place.starts_with(pointer)) continue;
        const bool is_there = place.size() == pointer.size();
        if (!is_there && place[pointer.size()] != '/') continue;
        const bool stays = is_there ? is_null && !seen : is_nested;
        seen = seen || is_there;
        if (!stays) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void append_string(std::string_view text, std::string& out) {
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out += text.substr(plain, i - plain);
        plain = i + 1;
        char escape[kEscapeCharsMax];
        const char* const end = write_escape(c, escape);
        out.append(escape, static_cast<std::size_t>(end - escape));
    }
    out += text.substr(plain);
    out += '"';
}

bool append_lenient(std::string_view text, const Path& path, NonFinite& nonfinite,
                    std::string& out) {
    const std::size_t size = out.size();
    if (minify(text, out)) return true;
    out.resize(size);
    // Not JSON as it stands: perhaps but for such numbers.
    NonFinite found = nonfinite;
    std::string rewritten;
    Rewriter(text, path, found, rewritten).run();
    if (!minify(rewritten, out)) {
        out.resize(size);
        return false;
    }
    nonfinite = std::move(found);
    return true;
}

bool may_hold_nonfinite(std::string_view text) {
    return text.find(kNan) != std::string_view::npos ||
           text.find(kInfinity) != std::string_view::npos;
}

std::optional<std::string> event_without_nonfinite(std::string_view line,
                                                   std::string_view event_type) {
    if (!may_hold_nonfinite(line)) return std::nullopt;
    std::string event;
    if (minify(line, event)) return std::nullopt;
    event.clear();
    NonFinite nonfinite(NonFinite::form_of(event_type));
    if (!append_lenient(line, Path(), nonfinite, event) || !event.starts_with('{')) {
        return std::nullopt;
    }
    if (nonfinite.entries().empty()) return event;
    if (has_member(event, "nonfinite")) {
        // It says itself what its nulls are: more of them it cannot have.
        NonFinite texts(NonFinite::Form::kText);
        event.clear();
        append_lenient(line, Path(), texts, event);
        return event;
    }
    event.pop_back();
    nonfinite.append_member(event);
    event += '}';
    return event;
}

}  // namespace daybook::json
