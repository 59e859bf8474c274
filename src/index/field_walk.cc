#include "index/field_walk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "json/document.h"
#include "json/escape.h"

namespace daybook::index {
namespace {

using json::Kind;
using json::Node;

// The fields that make the line, not the event's payload.
bool is_envelope(std::string_view name) {
    switch (name.size()) {
        case 3: return name == "seq";
        case 6: return name == "run_id" || name == "synced";
        case 8: return name == "event_id" || name == "checksum";
        case 10: return name == "event_type";
        case 12: return name == "timestamp_ms";
        case 14: return name == "schema_version";
        default: return false;
    }
}

// A string as it lies in the text if it has no escapes, else a copy in the arena.
std::string_view text_of(Node value, Arena& arena) {
    const std::string_view raw = value.raw();
    if (raw.size() >= 2 && raw.find('\\') == std::string_view::npos) {
        return raw.substr(1, raw.size() - 2);
    }
    return arena.keep(value.as_string().value_or(std::string_view()));
}

Cell scalar_text(Node value, Arena& arena) {
    switch (value.kind()) {
        case Kind::kString: return Cell::text(text_of(value, arena));
        case Kind::kNumber:
        case Kind::kBool:
        case Kind::kObject:
        case Kind::kArray: return Cell::text(value.raw());
        default: return {};
    }
}

Cell integer(Node value) {
    if (const auto number = value.as_int()) return Cell::integer(*number);
    const auto number = value.as_double();
    // Above 2^63 there is no BIGINT to round to.
    if (!number || !(std::fabs(*number) < 9.2e18)) return {};
    return Cell::integer(std::llround(*number));
}

std::string_view joined(std::string_view prefix, std::string_view name, Arena& arena) {
    if (prefix.empty()) return arena.intern(name);
    std::string path(prefix);
    path += '.';
    path += name;
    return arena.intern(path);
}

struct NumberSink {
    FieldWalk::Numbers& numbers;
    std::vector<std::string_view>& arrays;
    Arena& arena;

    void field(std::string_view prefix, std::string_view name, Node value) {
        const Kind kind = value.kind();
        const bool is_plain = kind != Kind::kObject && kind != Kind::kArray;
        // Nothing to keep, and nothing of the name to take back.
        if (is_plain && kind != Kind::kNumber && numbers.empty()) return;
        const std::string_view path = joined(prefix, name, arena);
        if (kind == Kind::kNumber) {
            if (const auto number = value.as_double()) numbers.emplace_back(path, *number);
            return;
        }
        std::erase_if(numbers, [&](const auto& entry) { return entry.first == path; });
        if (kind == Kind::kArray) arrays.push_back(path);
        if (kind != Kind::kObject) return;
        value.for_each_field([&](std::string_view key, Node child) { field(path, key, child); });
    }
};

// Sets a number that was already there, or adds it.
void set_number(FieldWalk::Numbers& numbers, std::string_view name, double value) {
    const auto found = std::find_if(numbers.begin(), numbers.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found == numbers.end()) {
        numbers.emplace_back(name, value);
    } else {
        found->second = value;
    }
}

// Keeps the last value of each name, at the place of the first.
void drop_repeated(FieldWalk::Numbers& numbers) {
    constexpr std::size_t kFew = 32;
    std::size_t kept = 0;
    std::unordered_map<std::string_view, std::size_t> places;
    const bool many = numbers.size() > kFew;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::size_t place = kept;
        if (many) {
            place = places.try_emplace(numbers[i].first, kept).first->second;
        } else {
            for (std::size_t j = 0; j < kept && place == kept; ++j) {
                if (numbers[j].first == numbers[i].first) place = j;
            }
        }
        numbers[place == kept ? kept++ : place] = numbers[i];
    }
    numbers.resize(kept);
}

std::optional<double> nonfinite_value(std::string_view name) {
    if (name == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (name == "Infinity") return std::numeric_limits<double>::infinity();
    if (name == "-Infinity") return -std::numeric_limits<double>::infinity();
    return std::nullopt;
}

// "a.b" from "/a/b" (RFC 6901: ~1 is "/", ~0 is "~").
std::string dotted(std::string_view pointer) {
    std::string name;
    for (std::size_t i = 1; i < pointer.size(); ++i) {
        if (pointer[i] == '/') {
            name += '.';
        } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
            name += pointer[++i] == '1' ? '/' : '~';
        } else {
            name += pointer[i];
        }
    }
    return name;
}

// Appends `,"name":value` to the object that `out` begins, or begins it.
void append_field(std::string_view name, std::string_view raw, std::string& out) {
    out += out.empty() ? "{\"" : ",\"";
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || c == '"' || c == '\\') {
            char escape[json::kEscapeCharsMax];
            char* const end = json::write_escape(byte, escape);
            out.append(escape, static_cast<std::size_t>(end - escape));
        } else {
            out += c;
        }
    }
    out += "\":";
    out += raw;
}

}  // namespace

struct FieldWalk::Json {
    json::Parser parser;

    Cell read(Node value, Read how, FieldWalk& walk, Staging& staging);
    Cell read_numbers(Node value, Numbers& numbers, std::vector<std::string_view>& arrays,
                      Staging& staging);
    Cell read_texts(Node value, std::vector<std::string_view>& texts, Staging& staging);
};

FieldWalk::FieldWalk() : json_(std::make_unique<Json>()) {}
FieldWalk::~FieldWalk() = default;

Cell FieldWalk::Json::read_numbers(Node value, Numbers& numbers,
                                   std::vector<std::string_view>& arrays, Staging& staging) {
    numbers.clear();
    arrays.clear();
    if (value.kind() != Kind::kObject) return value.is_null() ? Cell() : Cell::text(value.raw());
    std::string_view raw;
    NumberSink sink{numbers, arrays, staging.arena};
    value.for_each_field(&raw,
                         [&](std::string_view name, Node field) { sink.field({}, name, field); });
    return Cell::text(raw);
}

Cell FieldWalk::Json::read_texts(Node value, std::vector<std::string_view>& texts,
                                 Staging& staging) {
    texts.clear();
    if (value.kind() != Kind::kArray) return {};
    value.for_each_item([&](Node item) {
        const Cell text = scalar_text(item, staging.arena);
        if (!text.is_null()) texts.push_back(text.as_text());
    });
    const std::size_t begin = staging.texts.size();
    staging.texts.insert(staging.texts.end(), texts.begin(), texts.end());
    return Cell::texts(begin, texts.size());
}

Cell FieldWalk::Json::read(Node value, Read how, FieldWalk& walk, Staging& staging) {
    switch (how) {
        case Read::kText: return scalar_text(value, staging.arena);
        case Read::kJson: return value.is_null() ? Cell() : Cell::text(value.raw());
        case Read::kInt: return integer(value);
        case Read::kBool: {
            const auto flag = value.as_bool();
            return flag ? Cell::boolean(*flag) : Cell();
        }
        case Read::kTexts: return read_texts(value, walk.texts_, staging);
        case Read::kParams: return read_numbers(value, walk.params_, walk.param_arrays_, staging);
        case Read::kMetrics:
            return read_numbers(value, walk.metrics_, walk.metric_arrays_, staging);
        case Read::kNonfinite: {
            walk.nonfinite_.clear();
            std::string_view raw;
            value.for_each_field(&raw, [&](std::string_view pointer, Node name) {
                const auto number = nonfinite_value(name.as_string().value_or(""));
                if (number) walk.nonfinite_.push_back({staging.arena.keep(pointer), *number});
            });
            if (!raw.empty()) append_field("nonfinite", raw, walk.extra_);
            return {};
        }
        case Read::kFailure: {
            walk.failed_phase_ = {};
            if (value.kind() != Kind::kObject) {
                return value.is_null() ? Cell() : Cell::text(value.raw());
            }
            std::string_view raw;
            value.for_each_field(&raw, [&](std::string_view name, Node field) {
                if (name == "phase_name") walk.failed_phase_ = scalar_text(field, staging.arena);
            });
            return Cell::text(raw);
        }
        case Read::kTags:
            walk.tags_.clear();
            value.for_each_field([&](std::string_view key, Node tag) {
                key = staging.arena.intern(key);
                const Cell cell = scalar_text(tag, staging.arena);
                std::erase_if(walk.tags_, [&](const Tag& other) { return other.key == key; });
                walk.tags_.push_back({key, cell});
            });
            return {};
    }
    return {};
}

void FieldWalk::clear() {
    extra_.clear();
    extra_cell_ = {};
    params_.clear();
    metrics_.clear();
    param_arrays_.clear();
    metric_arrays_.clear();
    nonfinite_.clear();
    tags_.clear();
    failed_phase_ = {};
}

void FieldWalk::apply_nonfinite(Staging& staging) {
    for (const Nonfinite& entry : nonfinite_) {
        const bool is_param = entry.pointer.starts_with("/params/");
        if (!is_param && !entry.pointer.starts_with("/metrics/")) continue;
        const std::string name = dotted(entry.pointer.substr(entry.pointer.find('/', 1)));
        const auto& arrays = is_param ? param_arrays_ : metric_arrays_;
        const bool in_array = std::any_of(arrays.begin(), arrays.end(), [&](std::string_view path) {
            return name.starts_with(path) && name.substr(path.size()).starts_with('.');
        });
        if (in_array) continue;
        set_number(is_param ? params_ : metrics_, staging.arena.keep(name), entry.value);
    }
}

bool FieldWalk::read(std::string_view text, std::span<const FieldRule> rules, std::span<Cell> cells,
                     Staging& staging) {
    clear();
    const auto on_field = [&](std::string_view name, Node value) {
        if (is_envelope(name)) return;
        for (const FieldRule& rule : rules) {
            if (rule.field != name) continue;
            cells[rule.cell] = json_->read(value, rule.read, *this, staging);
            return;
        }
        append_field(name, value.raw(), extra_);
    };
    if (!json_->parser.for_each_field(text, json::kPadding, on_field)) return false;
    if (!extra_.empty()) extra_cell_ = Cell::text(staging.arena.keep(extra_ += '}'));
    drop_repeated(params_);
    drop_repeated(metrics_);
    apply_nonfinite(staging);
    return true;
}

}  // namespace daybook::index
