#include "legacy/mapping_check.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "duck/database.h"
#include "legacy/event_types.h"

namespace daybook::legacy {
namespace {

bool is_same(const ValueSpec& first, const ValueSpec& second) {
    return std::equal(first.terms.begin(), first.terms.end(), second.terms.begin(),
                      second.terms.end(), [](const ValueTerm& a, const ValueTerm& b) {
                          return a.kind == b.kind && a.text == b.text && a.parts == b.parts &&
                                 a.needs == b.needs && a.given == b.given && a.without == b.without;
                      });
}

// Whether each is for every row of every table that it names.
bool takes_all(const Rule& rule) {
    return rule.needs.empty() && rule.unless.empty() && rule.where.empty() &&
           rule.choice.of.terms.empty();
}

class MappingChecker {
public:
    MappingChecker(const Mapping& mapping, const schema::Registry& types,
                   duck::Connection& connection)
        : mapping_(mapping), types_(types), connection_(connection) {}

    std::vector<std::string> check();

private:
    void check_event(const Rule& rule);
    void check_sql(const Rule& rule);
    void check_sql(const Rule& rule, std::string_view what, const ValueSpec& value);
    void check_sql(const Rule& rule, std::string_view what, const std::string& sql);
    void check_ids(const Rule& first, const Rule& second);
    // A [[rule]] of several events is several rules of one line, whose mistakes are told once.
    void tell(const Rule& rule, const std::string& what) {
        std::string problem = fmt::format("line {}: {}", rule.line, what);
        if (told_.insert(problem).second) problems_.push_back(std::move(problem));
    }

    const Mapping& mapping_;
    const schema::Registry& types_;
    duck::Connection& connection_;
    std::vector<std::string> problems_;
    std::set<std::string> told_;
};

void MappingChecker::check_event(const Rule& rule) {
    if (!types_.newest_version(rule.event)) {
        std::vector<std::string_view> names;
        for (const schema::TypeSpec& type : schema::builtin_types()) names.push_back(type.name);
        const std::string_view nearest = nearest_name(rule.event, names);
        return tell(
            rule,
            fmt::format("event: the ledger does not know the type '{}'{}", printable(rule.event),
                        nearest.empty() ? "; 'daybook schema list' names those that "
                                          "it knows"
                                        : fmt::format(": did you mean '{}'?", nearest)));
    }
    const schema::TypeSpec* const type = type_spec(rule.event);
    if (type == nullptr) return;
    for (const schema::FieldSpec& wanted : type->payload.fields) {
        const bool is_there =
            !wanted.required ||
            std::any_of(rule.fields.begin(), rule.fields.end(),
                        [&](const auto& field) { return field.first == wanted.name; });
        if (is_there) continue;
        tell(rule,
             fmt::format("fields: found no '{}', which a {} must have", wanted.name, rule.event));
    }
}

// The columns are not known: only what is no SQL, and what is not allowed, is a mistake.
void MappingChecker::check_sql(const Rule& rule, std::string_view what, const std::string& sql) {
    const auto prepared = connection_.prepare(fmt::format("SELECT ({}) FROM (SELECT 1) AS t", sql));
    if (prepared) return;
    const std::string& message = prepared.error().message();
    const bool is_mistake = message.find("Parser Error") != std::string::npos ||
                            message.find("Permission Error") != std::string::npos ||
                            prepared.error().code() == ErrorCode::kPermissionDenied;
    if (!is_mistake) return;
    tell(rule, fmt::format("{}: {}", what, message.substr(0, message.find('\n'))));
}

void MappingChecker::check_sql(const Rule& rule, std::string_view what, const ValueSpec& value) {
    for (const ValueTerm& term : value.terms) {
        if (term.kind == ValueTerm::Kind::kSql) check_sql(rule, what, term.text);
        for (const auto& [name, member] : term.object.members) {
            check_sql(rule, fmt::format("{}.{}", what, name), member);
        }
    }
}

void MappingChecker::check_sql(const Rule& rule) {
    if (!rule.where.empty()) check_sql(rule, "where", rule.where);
    check_sql(rule, "event.of", rule.choice.of);
    check_sql(rule, "run_id", rule.run_id);
    check_sql(rule, "time", rule.time);
    for (const ValueSpec& part : rule.key) check_sql(rule, "key", part);
    for (const auto& [name, value] : rule.fields) check_sql(rule, "fields." + name, value);
}

void MappingChecker::check_ids(const Rule& first, const Rule& second) {
    if (first.event != second.event || !takes_all(first) || !takes_all(second)) return;
    const auto table = std::find_first_of(first.from.begin(), first.from.end(), second.from.begin(),
                                          second.from.end());
    const bool same_key = std::equal(first.key.begin(), first.key.end(), second.key.begin(),
                                     second.key.end(), is_same);
    if (table == first.from.end() || !same_key) return;
    tell(second, fmt::format("key: line {} makes {} of the same rows of {}, and their events would "
                             "have the same ids; give one of them a key of its own, such as key = "
                             "[\"run_id\", {{ value = \"second\" }}]",
                             first.line, first.event, printable(*table)));
}

std::vector<std::string> MappingChecker::check() {
    for (const Rule& rule : mapping_.rules) {
        check_event(rule);
        check_sql(rule);
        for (const Rule& before : mapping_.rules) {
            if (&before == &rule) break;
            check_ids(before, rule);
        }
    }
    return std::move(problems_);
}

}  // namespace

Result<std::vector<std::string>> check_mapping(const Mapping& mapping,
                                               const schema::Registry& types) {
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open_in_memory({.threads = 1}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    RETURN_IF_ERROR(connection.harden());
    return MappingChecker(mapping, types, connection).check();
}

}  // namespace daybook::legacy
