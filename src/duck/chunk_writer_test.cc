#include "duck/chunk_writer.h"

#include "duck/appender.h"
#include "duck/test_support.h"

namespace daybook::duck {
namespace {

using ChunkWriterTest = DuckTest;

TEST_F(ChunkWriterTest, TextOfEveryLengthAroundTheInlinedOneIsKept) {
    must(connection_.execute("CREATE TABLE t (lent VARCHAR, copied VARCHAR)"));
    Appender appender =
        must(Appender::open(connection_, "t", {ColumnType::kVarchar, ColumnType::kVarchar}));
    const std::string letters = "abcdefghijklmnopqrstuvwxyz";
    for (std::size_t length = 0; length <= letters.size(); ++length) {
        const std::size_t row = must(appender.add_row());
        appender.column(0).lend_text(row, std::string_view(letters).substr(0, length));
        appender.column(1).set_text(row, std::string_view(letters).substr(0, length));
    }
    must(appender.finish());
    EXPECT_EQ(text("SELECT count(DISTINCT len(lent)) FROM t WHERE lent = copied AND "
                   "lent = 'abcdefghijklmnopqrstuvwxyz'[:len(lent)]"),
              "27");
}

TEST_F(ChunkWriterTest, AChunkTakesTwoThousandAndFortyEightRows) {
    EXPECT_EQ(ChunkWriter::rows_max(), 2048U);
}

}  // namespace
}  // namespace daybook::duck
