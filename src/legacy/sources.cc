#include "legacy/sources.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "json/chars.h"
#include "ledger/manifest.h"
#include "legacy/source_name.h"
#include "os/file.h"

namespace daybook::legacy {
namespace {

using Object = nlohmann::ordered_json;

constexpr std::string_view kKey = "legacy";

class Entries {
public:
    // `text` is the value of "legacy"; nullopt: there is none.
    static Result<Entries> parse(const std::optional<std::string>& text, const std::string& path) {
        Entries entries(path);
        if (!text) return entries;
        entries.list_ = Object::parse(*text, nullptr, /*allow_exceptions=*/false);
        if (!entries.list_.is_array()) {
            return fail(ErrorCode::kCorrupt,
                        "read {}: `legacy`: found {}, expected a list of attached files", path,
                        printable(*text));
        }
        for (std::size_t i = 0; i < entries.list_.size(); ++i) {
            ASSIGN_OR_RETURN(Source source, entries.read(i));
            const auto has_its_name = [&](const Source& other) {
                return other.name == source.name;
            };
            if (std::any_of(entries.sources_.begin(), entries.sources_.end(), has_its_name)) {
                return entries.refuse(i, "name", "a name that no entry before it has");
            }
            entries.sources_.push_back(std::move(source));
        }
        return entries;
    }

    const std::vector<Source>& sources() const { return sources_; }
    // nullopt once it is empty: the key goes.
    std::optional<std::string> text() const {
        return list_.empty() ? std::nullopt : std::optional(list_.dump());
    }

    void put(std::size_t index, const Source& source) {
        Object& entry = list_[index];
        entry["name"] = source.name;
        entry["path"] = source.path;
        entry["mapping"] = source.mapping;
        entry["cutover"] = source.cutover ? Object(to_string(*source.cutover)) : Object(nullptr);
        entry["attached_at"] = source.attached_at;
    }
    void remove(std::size_t index) { list_.erase(index); }

private:
    explicit Entries(std::string path) : path_(std::move(path)) {}

    tl::unexpected<Error> refuse(std::size_t index, std::string_view field,
                                 std::string_view expected) const {
        const Object& entry = list_[index];
        const auto found = entry.is_object() ? entry.find(std::string(field)) : entry.end();
        const bool is_there = entry.is_object() && found != entry.end();
        return fail(ErrorCode::kCorrupt, "read {}: `legacy`, entry {}: `{}`: found {}, expected {}",
                    path_, index + 1, field, is_there ? printable(found->dump()) : "nothing",
                    expected);
    }
    // A text that is there, or that may be missing or null: then it is empty.
    Result<std::string> text_of(std::size_t index, const char* field, bool must_be_there) const {
        const Object& entry = list_[index];
        if (!entry.is_object()) return refuse(index, field, "an object with a text here");
        const auto found = entry.find(field);
        const bool is_unset = found == entry.end() || found->is_null();
        if (is_unset && !must_be_there) return std::string();
        if (is_unset || !found->is_string()) return refuse(index, field, "a text");
        return found->get<std::string>();
    }
    Result<Source> read(std::size_t index) const {
        Source source;
        ASSIGN_OR_RETURN(source.name, text_of(index, "name", true));
        if (!check_source_name(source.name)) {
            return refuse(index, "name", "a name of letters, digits, '-', '_' and '.'");
        }
        ASSIGN_OR_RETURN(source.path, text_of(index, "path", true));
        ASSIGN_OR_RETURN(source.mapping, text_of(index, "mapping", false));
        // What a relative one means depends on where the program is started.
        if (!source.path.starts_with('/')) return refuse(index, "path", "an absolute path");
        const bool is_file = !source.mapping.empty() && source.mapping != "seed";
        if (is_file && !source.mapping.starts_with('/')) {
            return refuse(index, "mapping", "an absolute path");
        }
        ASSIGN_OR_RETURN(source.attached_at, text_of(index, "attached_at", false));
        ASSIGN_OR_RETURN(const std::string cutover, text_of(index, "cutover", false));
        if (!cutover.empty()) {
            source.cutover = parse_day(cutover);
            if (!source.cutover) return refuse(index, "cutover", "a day, such as \"2026-01-23\"");
        }
        return source;
    }

    std::string path_;
    Object list_ = Object::array();
    std::vector<Source> sources_;
};

tl::unexpected<Error> unknown(const std::vector<Source>& sources, std::string_view name) {
    std::vector<std::string> names;
    for (const Source& source : sources) names.push_back(source.name);
    return fail(ErrorCode::kNotFound, "legacy: no file is attached as '{}'; {}", printable(name),
                names.empty() ? "none is: 'daybook legacy attach FILE' attaches one"
                              : fmt::format("attached: {}", fmt::join(names, ", ")));
}

// Where `source` goes: its own entry, or one behind the last.
Result<std::size_t> place_of(const std::vector<Source>& sources, const Source& source) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const bool same_name = sources[i].name == source.name;
        // A link and what it points to are one file.
        const bool same_path =
            os::canonical_path(sources[i].path) == os::canonical_path(source.path);
        if (same_name && same_path) return i;
        if (same_name) {
            return fail(ErrorCode::kAlreadyExists,
                        "legacy attach: '{}' is the name of {}, which is attached; --name gives {} "
                        "another",
                        source.name, sources[i].path, source.path);
        }
        if (same_path) {
            return fail(ErrorCode::kAlreadyExists,
                        "legacy attach: {} is attached already, as '{}'; 'daybook legacy detach "
                        "{}' first to give it another name",
                        sources[i].path, sources[i].name, sources[i].name);
        }
    }
    return sources.size();
}

}  // namespace

Result<std::vector<Source>> read_sources(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const std::optional<std::string> text, ledger::manifest_value(dir, kKey));
    ASSIGN_OR_RETURN(const Entries entries, Entries::parse(text, dir.manifest_path()));
    return entries.sources();
}

Result<Source> find_source(const ledger::LedgerDir& dir, std::string_view name) {
    ASSIGN_OR_RETURN(const std::vector<Source> sources, read_sources(dir));
    for (const Source& source : sources) {
        if (source.name == name) return source;
    }
    return unknown(sources, name);
}

Status check_attachable(const ledger::LedgerDir& dir, const Source& source) {
    for (const std::string* const path : {&source.path, &source.mapping}) {
        if (json::utf8_prefix(*path) == path->size()) continue;
        return fail(ErrorCode::kInvalidArgument,
                    "legacy attach: the path {} is not UTF-8, and ledger.json holds nothing else; "
                    "a symbolic link of another name will do",
                    printable(*path));
    }
    ASSIGN_OR_RETURN(const std::vector<Source> sources, read_sources(dir));
    RETURN_IF_ERROR(place_of(sources, source));
    return {};
}

Result<std::optional<Source>> attach_source(const ledger::LedgerDir& dir, const Source& source) {
    std::optional<Source> before;
    const auto add =
        [&](const std::optional<std::string>& text) -> Result<std::optional<std::string>> {
        ASSIGN_OR_RETURN(Entries entries, Entries::parse(text, dir.manifest_path()));
        ASSIGN_OR_RETURN(const std::size_t place, place_of(entries.sources(), source));
        Source entry = source;
        if (place < entries.sources().size()) {
            before = entries.sources()[place];
            entry.attached_at = before->attached_at;
        }
        entries.put(place, entry);
        return entries.text();
    };
    RETURN_IF_ERROR(ledger::change_manifest_value(dir, kKey, add));
    return before;
}

Result<Source> detach_source(const ledger::LedgerDir& dir, std::string_view name) {
    RETURN_IF_ERROR(find_source(dir, name));  // A ledger that has none is not touched.
    Source gone;
    const auto take =
        [&](const std::optional<std::string>& text) -> Result<std::optional<std::string>> {
        ASSIGN_OR_RETURN(Entries entries, Entries::parse(text, dir.manifest_path()));
        for (std::size_t i = 0; i < entries.sources().size(); ++i) {
            if (entries.sources()[i].name != name) continue;
            gone = entries.sources()[i];
            entries.remove(i);
            return entries.text();
        }
        return unknown(entries.sources(), name);
    };
    RETURN_IF_ERROR(ledger::change_manifest_value(dir, kKey, take));
    return gone;
}

}  // namespace daybook::legacy
