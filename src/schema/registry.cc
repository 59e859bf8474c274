#include "schema/registry.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/result.h"
#include "base/text.h"
#include "schema/compatibility.h"
#include "schema/event_walk.h"
#include "schema/schema_json.h"
#include "schema/spec.h"
#include "schema/user_type.h"

namespace daybook::schema {
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kBackwardTransitive = "BACKWARD_TRANSITIVE";
constexpr std::string_view kNone = "NONE";

// The versions of one type by number.
using Versions = std::map<int, std::shared_ptr<const UserType>>;

std::string compatibility_of(const Tree& schema, const Tree& document) {
    for (const auto& [node, key] :
         {std::pair(&schema, "x-compatibility"), std::pair(&document, "compatibility")}) {
        if (node->contains(key) && (*node)[key].is_string()) return (*node)[key].get<std::string>();
    }
    return std::string(kBackwardTransitive);
}

// `schema` of `version`, as its events are once the steps up to `newest` have been applied.
Tree upcasted_schema(const Versions& versions, int version, const UserType& newest) {
    Tree schema = versions.at(version)->schema();
    for (auto next = versions.upper_bound(version); next != versions.end(); ++next) {
        apply_upcast_to_schema(next->second->upcast(), schema);
    }
    apply_upcast_to_schema(newest.upcast(), schema);
    return schema;
}

// What an event of `version` may be that the newest version refuses.
Compatibility compare_versions(const Versions& versions, int version, const UserType& newest) {
    try {
        return compare(upcasted_schema(versions, version, newest), newest.schema());
    } catch (const Tree::exception& error) {
        // A keyword of the wrong shape, where a step of `x-upcast` goes.
        return {.breaks = {fmt::format("/: cannot be compared: {}", error.what())}, .notes = {}};
    }
}

void note_content_model(const Tree& schema, RegisterReport* report) {
    if (schema.value("additionalProperties", Tree(true)) != Tree(true)) return;
    report->notes.push_back(
        "open content model: events may have fields that the schema does not name, with any "
        "content; a later version that names such a field may not be able to read them. "
        "`\"additionalProperties\": false` forbids them");
}

Tree empty_document() {
    return Tree{
        {"format", kFormat}, {"compatibility", kBackwardTransitive}, {"types", Tree::object()}};
}

// Puts what `type` is into a `_schema.json` document.
void add_to_document(const UserType& type, Tree* document) {
    Tree& entry = (*document)["types"][type.name()];
    entry["versions"].push_back(Tree{{"version", type.version()}, {"schema", type.schema()}});
}

void add_builtin(const TypeSpec& spec, Tree* document) {
    Tree& entry = (*document)["types"][std::string(spec.name)];
    entry["built_in"] = true;
    Tree& versions = entry["versions"];
    for (const Tree& known : versions) {
        if (known.value("version", 0) == spec.version) return;
    }
    Tree schema = Tree::parse(spec.schema_text);
    versions.push_back(Tree{{"version", spec.version}, {"schema", std::move(schema)}});
}

Status corrupt(const std::string& at, std::string_view why) {
    return fail(ErrorCode::kCorrupt, "read schema registry: {}: {}", at, why);
}

// Whether `entry` is what add_builtin() adds to; what its schemas say counts for nothing.
Status check_builtin(const std::string& at, const Tree& entry) {
    if (!entry.is_object()) return corrupt(at, "expected an object");
    if (!entry.contains("versions")) return {};
    const Tree& versions = entry["versions"];
    const bool is_right =
        versions.is_array() && std::all_of(versions.begin(), versions.end(), [](const Tree& one) {
            return one.is_object() && one.contains("version") && one["version"].is_number_integer();
        });
    return is_right ? Status() : corrupt(at + "/versions", "expected an array of versions");
}

}  // namespace

struct Scratch::Buffers {
    WalkedEvent event;
    std::string payload;
};

Scratch::Scratch() : buffers_(std::make_unique<Buffers>()) {}
Scratch::~Scratch() = default;
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;

struct Registry::State {
    std::map<std::string, Versions, std::less<>> types;
    // The `_schema.json`, with all that this Daybook does not know.
    Tree document;

    const Versions* find(std::string_view name) const {
        const auto found = types.find(name);
        return found == types.end() ? nullptr : &found->second;
    }

    // Whether a newer Daybook, which has written here too, has a built-in type of that name.
    bool is_of_a_newer_version(const std::string& name) const {
        const auto types_node = document.find("types");
        if (types_node == document.end() || find_builtin(name) != nullptr) return false;
        const auto entry = types_node->find(name);
        return entry != types_node->end() && entry->contains("built_in");
    }

    std::string unknown_type(std::string_view name) const {
        std::vector<std::string_view> names;
        for (const TypeSpec& spec : builtin_types()) names.push_back(spec.name);
        for (const auto& [known, _] : types) names.push_back(known);
        const std::string_view nearest = nearest_name(name, names);
        if (!nearest.empty()) return fmt::format("did you mean `{}`?", nearest);
        return "`daybook schema list` names them, `daybook schema register FILE` adds one";
    }

    // The version of a user's type that `event` is of.
    Result<const UserType*> version_of(const WalkedEvent& event) const {
        const Versions* const versions = find(event.type);
        if (versions == nullptr) {
            return fail(ErrorCode::kInvalidArgument,
                        "check event: /event_type: found \"{}\", expected a known type; {}",
                        printable(event.type), unknown_type(event.type));
        }
        const std::int64_t wanted = event.schema_version.value_or(1);
        const int newest = versions->rbegin()->first;
        const auto found =
            wanted > newest ? versions->end() : versions->find(static_cast<int>(wanted));
        if (found == versions->end()) {
            return fail(ErrorCode::kInvalidArgument,
                        "check event: /schema_version: found {}, expected a registered version of "
                        "{}, at most {}",
                        wanted, event.type, newest);
        }
        return found->second.get();
    }

    Status load(const Tree& types_node) {
        for (const auto& [name, entry] : types_node.items()) {
            const std::string at = "/types/" + pointer_token(name);
            if (find_builtin(name) != nullptr) {
                RETURN_IF_ERROR(check_builtin(at, entry));
                continue;
            }
            if (!entry.is_object() || !entry.contains("versions") ||
                !entry["versions"].is_array()) {
                return corrupt(at + "/versions", "expected an array of versions");
            }
            // A built-in type of a newer Daybook: not checked here, and kept.
            if (entry.contains("built_in")) continue;
            for (const Tree& version : entry["versions"]) {
                const Tree schema = version.is_object() ? version.value("schema", Tree()) : Tree();
                auto type = UserType::load(schema);
                if (!type) return corrupt(at, type.error().message());
                const bool is_itself = (*type)->name() == name &&
                                       version.value("version", Tree()) == Tree((*type)->version());
                if (!is_itself) return corrupt(at, "a schema of another name or version");
                if (!types[name].emplace((*type)->version(), *type).second) {
                    return corrupt(at, fmt::format("version {} twice", (*type)->version()));
                }
            }
            if (entry["versions"].empty()) return corrupt(at + "/versions", "empty");
        }
        return {};
    }
};

json::Draft append_draft(const CheckedEvent& event, std::string& out) {
    const json::Draft draft =
        json::append_envelope(out, event.type, event.run_id, event.schema_version);
    out.append(event.payload);
    return draft;
}

Registry::Registry(std::shared_ptr<const State> state) : state_(std::move(state)) {}
Registry::~Registry() = default;
Registry::Registry(const Registry&) = default;
Registry& Registry::operator=(const Registry&) = default;
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;

Registry Registry::builtin() {
    const auto state = std::make_shared<State>();
    state->document = empty_document();
    return Registry(state);
}

Result<Registry> Registry::parse(std::string_view text) {
    ASSIGN_OR_RETURN(Tree read, parse_tree(text, "schema registry"));
    if (!read.is_object()) return fail(corrupt("/", "expected an object").error());
    if (read.contains("format") && read["format"] != Tree(kFormat)) {
        return fail(
            ErrorCode::kUnsupported,
            "read schema registry: /format: found {}, expected {}; a newer Daybook wrote it",
            read["format"].dump(), kFormat);
    }
    if (read.contains("types") && !read["types"].is_object()) {
        return fail(corrupt("/types", "expected an object").error());
    }
    const auto state = std::make_shared<State>();
    // Ours first; what else there is keeps its order behind.
    state->document = empty_document();
    for (const auto& [key, value] : read.items()) state->document[key] = value;
    RETURN_IF_ERROR(state->load(state->document["types"]));
    return Registry(state);
}

std::string Registry::serialize() const {
    // The built-in types are added only here: most processes never write the file, and all open it.
    Tree document = state_->document;
    for (const TypeSpec& spec : builtin_types()) add_builtin(spec, &document);
    return document.dump(2) + "\n";
}

Result<CheckedEvent> Registry::check(std::string_view json, TimestampMs now,
                                     Scratch& scratch) const {
    WalkedEvent& walked = scratch.buffers_->event;
    RETURN_IF_ERROR(walk_event(json, now, &walked));
    CheckedEvent event;
    event.type = walked.type;
    event.run_id = walked.run_id;
    event.payload = walked.payload;
    event.event_id = walked.event_id;
    event.timestamp = walked.timestamp;
    event.schema_version = static_cast<int>(walked.schema_version.value_or(1));
    if (walked.spec != nullptr) {
        event.durability = walked.spec->durability;
        return event;
    }
    ASSIGN_OR_RETURN(const UserType* const type, state_->version_of(walked));
    event.durability = type->durability();
    std::string& payload = scratch.buffers_->payload;
    payload.assign("{");
    if (!walked.payload.empty()) payload.append(walked.payload, 1);
    payload.push_back('}');
    Status checked = type->check(payload);
    if (!checked) {
        const int newest = *newest_version(walked.type);
        if (newest == type->version()) return fail(checked.error());
        return fail(checked.error().code(),
                    "{} (version {}; the newest is {}: \"schema_version\":{})",
                    checked.error().message(), type->version(), newest, newest);
    }
    return event;
}

std::vector<TypeInfo> Registry::list() const {
    std::vector<TypeInfo> all;
    for (const TypeSpec& spec : builtin_types()) {
        all.push_back({std::string(spec.name), spec.version, true, std::string(spec.description)});
    }
    for (const auto& [name, versions] : state_->types) {
        for (const auto& [version, type] : versions) {
            const auto description = type->schema().find("description");
            const bool has_one = description != type->schema().end() && description->is_string();
            all.push_back(
                {name, version, false, has_one ? description->get<std::string>() : std::string()});
        }
    }
    std::sort(all.begin(), all.end(), [](const TypeInfo& a, const TypeInfo& b) {
        return std::tie(a.name, a.version) < std::tie(b.name, b.version);
    });
    return all;
}

Result<std::string> Registry::show(std::string_view type, std::optional<int> version) const {
    const std::optional<int> newest = newest_version(type);
    if (!newest) {
        return fail(ErrorCode::kNotFound, "show type \"{}\": not known; {}", printable(type),
                    state_->unknown_type(type));
    }
    const int wanted = version.value_or(*newest);
    if (const TypeSpec* const spec = find_builtin(type); spec != nullptr && wanted == *newest) {
        return std::string(spec->schema_text) + "\n";
    }
    if (const Versions* const versions = state_->find(type); versions != nullptr) {
        const auto found = versions->find(wanted);
        if (found != versions->end()) return found->second->schema().dump(2) + "\n";
    }
    return fail(ErrorCode::kNotFound, "show type {}: no version {}, the newest is {}", type, wanted,
                *newest);
}

std::optional<int> Registry::newest_version(std::string_view type) const {
    if (const TypeSpec* const spec = find_builtin(type); spec != nullptr) return spec->version;
    const Versions* const versions = state_->find(type);
    if (versions == nullptr) return std::nullopt;
    return versions->rbegin()->first;
}

namespace {

// The type that `schema_text` describes; its version is the next one if it does not say.
Result<std::shared_ptr<const UserType>> read_schema(std::string_view schema_text,
                                                    const Versions& versions) {
    ASSIGN_OR_RETURN(Tree schema, parse_tree(schema_text, "schema"));
    if (schema.is_object() && !schema.contains("x-version")) {
        int version = versions.empty() ? 1 : versions.rbegin()->first + 1;
        // The newest once more, as it was given then.
        for (const auto& [known, type] : versions) {
            schema["x-version"] = known;
            if (type->schema() == schema) version = known;
        }
        schema["x-version"] = version;
    }
    return UserType::compile(std::move(schema));
}

}  // namespace

Result<RegisterReport> Registry::examine(std::string_view schema_text) const {
    ASSIGN_OR_RETURN(const Tree schema, parse_tree(schema_text, "schema"));
    const Versions none;
    const Versions* versions = &none;
    if (schema.is_object() && schema.contains("title") && schema["title"].is_string()) {
        const Versions* const known = state_->find(schema["title"].get<std::string>());
        if (known != nullptr) versions = known;
    }
    ASSIGN_OR_RETURN(const auto type, read_schema(schema_text, *versions));
    if (state_->is_of_a_newer_version(type->name())) {
        return fail(ErrorCode::kAlreadyExists,
                    "register type {}: a newer Daybook has a type of its own of that name; give it "
                    "another one",
                    type->name());
    }

    RegisterReport report;
    report.type = type->name();
    report.version = type->version();
    if (const auto same = versions->find(type->version()); same != versions->end()) {
        report.unchanged = same->second->schema() == type->schema();
        if (report.unchanged) return report;
        return fail(ErrorCode::kAlreadyExists,
                    "register type {}: /x-version: version {} is registered with another schema; a "
                    "version never changes, give this one {}",
                    type->name(), type->version(), versions->rbegin()->first + 1);
    }
    const int next = versions->empty() ? 1 : versions->rbegin()->first + 1;
    if (type->version() != next) {
        return fail(ErrorCode::kInvalidArgument,
                    "register type {}: /x-version: found {}, expected {}", type->name(),
                    type->version(), next);
    }
    const std::string mode = compatibility_of(type->schema(), state_->document);
    if (mode != kBackwardTransitive && mode != kNone) {
        return fail(ErrorCode::kInvalidArgument,
                    "register type {}: /x-compatibility: found \"{}\", expected {} or {}",
                    type->name(), mode, kBackwardTransitive, kNone);
    }
    note_content_model(type->schema(), &report);
    for (const auto& [version, _] : *versions) {
        const Compatibility found = compare_versions(*versions, version, *type);
        auto& breaks = mode == kNone ? report.notes : report.breaks;
        for (const auto& one : found.breaks)
            breaks.push_back(fmt::format("version {}: {}", version, one));
        for (const auto& one : found.notes) {
            report.notes.push_back(fmt::format("version {}: {}", version, one));
        }
    }
    return report;
}

Result<RegisterReport> Registry::register_type(std::string_view schema_text) {
    ASSIGN_OR_RETURN(RegisterReport report, examine(schema_text));
    if (report.unchanged || !report.breaks.empty()) return report;
    const auto next = std::make_shared<State>(*state_);
    Versions& versions = next->types[report.type];
    ASSIGN_OR_RETURN(auto type, read_schema(schema_text, versions));
    add_to_document(*type, &next->document);
    versions.emplace(report.version, std::move(type));
    state_ = next;
    return report;
}

bool Registry::needs_upcast(std::string_view type, int version) const {
    const Versions* const versions = state_->find(type);
    if (versions == nullptr) return false;
    return std::any_of(versions->upper_bound(version), versions->end(),
                       [](const auto& later) { return !later.second->upcast().empty(); });
}

Result<std::string> Registry::upcast(std::string_view type, int version,
                                     std::string_view payload) const {
    const std::optional<int> newest = newest_version(type);
    if (!newest || version < 1 || version > *newest) {
        return fail(ErrorCode::kNotFound, "upcast {}: version {} is not known", type, version);
    }
    ASSIGN_OR_RETURN(Tree tree, parse_tree(payload, "event"));
    if (!tree.is_object()) {
        return fail(ErrorCode::kInvalidArgument, "upcast {}: found {}, expected an object", type,
                    tree.type_name());
    }
    if (const Versions* const versions = state_->find(type); versions != nullptr) {
        for (auto next = versions->upper_bound(version); next != versions->end(); ++next) {
            RETURN_IF_ERROR(apply_upcast(next->second->upcast(), tree));
        }
    }
    if (nesting_of(tree) > kNestingMax) {
        return fail(ErrorCode::kInvalidArgument,
                    "upcast {}: it would be nested more than {} levels deep", type, kNestingMax);
    }
    return tree.dump();
}

}  // namespace daybook::schema
