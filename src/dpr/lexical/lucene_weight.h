// One term's part of BM25, less the factors that are the same for all passages: those, c(t) idf(t),
// come as the scale of the query's term, since they are of all segments and Xapian looks at one.
#pragma once

#include <xapian.h>

#include "dpr/lexical/bm25.h"

namespace dpr {

class LuceneWeight : public Xapian::Weight {
 public:
  LuceneWeight(const Bm25Parameters& parameters, double average_length);

  LuceneWeight* clone() const override;
  void init(double factor) override;
  double get_sumpart(Xapian::termcount wdf, Xapian::termcount length,
                     Xapian::termcount different) const override;
  double get_maxpart() const override;
  double get_sumextra(Xapian::termcount, Xapian::termcount) const override { return 0; }
  double get_maxextra() const override { return 0; }

 private:
  Bm25Parameters parameters_;
  double average_length_;
  double factor_ = 0;
};

}  // namespace dpr
