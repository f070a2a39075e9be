#include "dpr/lexical/lucene_weight.h"

#include <algorithm>
#include <memory>

namespace dpr {

LuceneWeight::LuceneWeight(const Bm25Parameters& parameters, double average_length)
    : parameters_(parameters), average_length_(average_length) {
  need_stat(WDF);
  need_stat(DOC_LENGTH);
  need_stat(DOC_LENGTH_MIN);
  need_stat(WDF_MAX);
}

LuceneWeight* LuceneWeight::clone() const {
  return std::make_unique<LuceneWeight>(parameters_, average_length_).release();  // Xapian's now
}

void LuceneWeight::init(double factor) { factor_ = factor; }

double LuceneWeight::get_sumpart(Xapian::termcount wdf, Xapian::termcount length,
                                 Xapian::termcount) const {
  const double penalty = Bm25LengthPenalty(parameters_, length, average_length_);
  return factor_ * Bm25TermShare(wdf, penalty);
}

// A passage is at least as long as its term is frequent.
double LuceneWeight::get_maxpart() const {
  const Xapian::termcount wdf = get_wdf_upper_bound();
  if (wdf == 0) return 0;
  return get_sumpart(wdf, std::max(wdf, get_doclength_lower_bound()), 0);
}

}  // namespace dpr
