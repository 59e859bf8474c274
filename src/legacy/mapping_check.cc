#include "legacy/mapping_check.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "duck/database.h"
#include "legacy/event_types.h"
#include "legacy/row_json.h"
#include "legacy/rule_sql.h"

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
    void check_sql(const SqlPiece& piece);
    void check_constants(const Rule& rule);
    void check_ids(const Rule& first, const Rule& second);
    // A [[rule]] of several events is several rules of one line, whose mistakes are told once.
    void tell(const Rule& rule, const std::string& what) { tell(rule.line, what); }
    void tell(std::size_t line, const std::string& what) {
        std::string problem = fmt::format("line {}: {}", line, what);
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
void MappingChecker::check_sql(const SqlPiece& piece) {
    const auto parsed = parse_sql(piece.sql, connection_);
    if (parsed && !parsed->unfinished.empty()) {
        return tell(piece.line, fmt::format("{}: found {}: nothing stands behind its '{}'",
                                            piece.what, piece.sql, parsed->unfinished));
    }
    const auto prepared =
        connection_.prepare(fmt::format("SELECT ({}) FROM (SELECT 1) AS t", piece.sql));
    if (prepared) return;
    const std::string& message = prepared.error().message();
    const bool is_mistake = message.find("Parser Error") != std::string::npos ||
                            message.find("Permission Error") != std::string::npos ||
                            prepared.error().code() == ErrorCode::kPermissionDenied;
    if (!is_mistake) return;
    tell(piece.line, fmt::format("{}: {}", piece.what, message.substr(0, message.find('\n'))));
}

// A constant that its field cannot take would make each row no event.
void MappingChecker::check_constants(const Rule& rule) {
    for (const auto& [name, value] : rule.fields) {
        const schema::FieldSpec* const spec = field_spec(type_spec(rule.event), name);
        if (spec == nullptr) continue;
        for (const ValueTerm& term : value.terms) {
            if (term.kind != ValueTerm::Kind::kConstant || fits(term.text, *spec)) continue;
            tell(term.line, fmt::format("fields.{}: found {}, expected {}", name,
                                        printable(term.text, 40), schema::describe(*spec)));
        }
    }
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
        for (const SqlPiece& piece : sql_of(rule)) check_sql(piece);
        check_constants(rule);
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
