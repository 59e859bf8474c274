#include "cli/findings_output.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

std::string printed(const FindingsDocument& document, Format format) {
    ::testing::internal::CaptureStdout();
    {
        Context context;
        context.format = format;
        print_findings(document, context);
    }
    return ::testing::internal::GetCapturedStdout();
}

TEST(FindingsOutput, JsonHasTheTotals) {
    const std::vector<ledger::VerifyFinding> findings = {
        {.kind = "damaged", .file = "p\xFF", .offset = 3, .length = 4, .detail = "d"}};
    const FindingsDocument document{
        .totals = {{"parts", 2}, {"events", 1}}, .findings = findings, .left_out = {{"copy", 7}}};
    EXPECT_EQ(
        printed(document, Format::kJson),
        "{\"parts\":2,\"events\":1,\"findings\":[{\"kind\":\"damaged\",\"file\":\"p\xEF\xBF\xBD\","
        "\"offset\":3,\"length\":4,\"problem\":true,\"detail\":\"d\"}],"
        "\"left_out\":{\"copy\":7}}\n");
    EXPECT_EQ(printed(document, Format::kCsv),
              "kind,file,offset,length,problem,detail\ndamaged,p\xFF,3,4,true,d\n"
              "copy,\"\",0,0,false,\"7 more, not listed\"\n");
}

TEST(FindingsOutput, WhereThereAreNoneNoTableIsPrinted) {
    const std::vector<ledger::VerifyFinding> none;
    const FindingsDocument document{.totals = {{"problems", 0}}, .findings = none};
    EXPECT_EQ(printed(document, Format::kTable), "");
    EXPECT_EQ(printed(document, Format::kJson), "{\"problems\":0,\"findings\":[]}\n");
}

}  // namespace
}  // namespace daybook::cli
