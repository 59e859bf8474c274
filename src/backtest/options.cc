#include "backtest/options.h"

namespace daybook::backtest {

const char* to_string(Execution execution) {
    return execution == Execution::kStrict ? "strict" : "classic";
}

const char* to_string(CalendarKind calendar) {
    return calendar == CalendarKind::kObserved ? "observed" : "24x7";
}

const char* to_string(OnBadData on_bad_data) {
    switch (on_bad_data) {
        case OnBadData::kFail: return "fail";
        case OnBadData::kDrop: return "drop";
        case OnBadData::kWarn: return "warn";
    }
    return "";
}

Result<Execution> parse_execution(std::string_view text) {
    if (text == "strict") return Execution::kStrict;
    if (text == "classic") return Execution::kClassic;
    return fail(ErrorCode::kInvalidArgument, "execution: found '{}', expected strict or classic",
                text);
}

Result<CalendarKind> parse_calendar(std::string_view text) {
    if (text == "observed") return CalendarKind::kObserved;
    if (text == "24x7") return CalendarKind::kAlways;
    return fail(ErrorCode::kInvalidArgument, "calendar: found '{}', expected observed or 24x7",
                text);
}

Result<OnBadData> parse_on_bad_data(std::string_view text) {
    if (text == "fail") return OnBadData::kFail;
    if (text == "drop") return OnBadData::kDrop;
    if (text == "warn") return OnBadData::kWarn;
    return fail(ErrorCode::kInvalidArgument, "on-bad-data: found '{}', expected fail, drop or warn",
                text);
}

}  // namespace daybook::backtest
