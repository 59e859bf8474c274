#include "cli/emit_document.h"

#include <algorithm>

#include "base/text.h"
#include "cli/event_text.h"
#include "cli/output.h"
#include "json/number.h"
#include "json/reader.h"

namespace daybook::cli {
namespace {

Status append_value(const EmitField& field, std::string& out) {
    switch (field.kind) {
        case EmitField::Kind::kText: out += json_cell(Cell(field.value)); return {};
        case EmitField::Kind::kNumber:
            if (field.value.empty() ||
                json::measure_number(field.value).size != field.value.size()) {
                return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected a number",
                            field.flag, printable(field.value));
            }
            out += field.value;
            return {};
        case EmitField::Kind::kJson: return json::minify(field.value, out, field.flag);
    }
    return {};
}

}  // namespace

Result<std::string> emit_document(const std::vector<EmitField>& given,
                                  std::string_view event_data) {
    std::string document = "{";
    for (const EmitField& field : given) {
        if (document.size() > 1) document += ',';
        document += fmt::format("\"{}\":", field.field);
        RETURN_IF_ERROR(append_value(field, document));
    }
    if (event_data.empty()) return document + '}';

    std::string data;
    RETURN_IF_ERROR(json::minify(event_data, data, "--event-data"));
    if (!data.starts_with('{')) {
        return fail(ErrorCode::kInvalidArgument, "--event-data: found {}, expected an object",
                    json::describe(json::Reader(data).peek()));
    }
    for (const EventField& field : event_fields(data)) {
        const auto twice = std::find_if(given.begin(), given.end(), [&](const EmitField& other) {
            return other.field == field.name;
        });
        if (twice == given.end()) continue;
        return fail(ErrorCode::kInvalidArgument, "--event-data: /{} is also given by {}",
                    field.name, twice->flag);
    }
    if (data == "{}") return document + '}';
    if (document.size() > 1) document += ',';
    return document + data.substr(1);
}

}  // namespace daybook::cli
