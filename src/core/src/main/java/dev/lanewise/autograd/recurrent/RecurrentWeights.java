package dev.lanewise.autograd.recurrent;

import dev.lanewise.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one direction of a recurrent layer, as PyTorch has them. The rows are those of
 * the gates, one block of {@code hidden} rows each: {@code i f g o} for an LSTM, {@code r z n} for
 * a GRU, one block for a plain layer.
 *
 * @param weightIh of the input: [gates hidden, inputs]
 * @param weightHh of the state: [gates hidden, hidden]
 * @param biasIh of the input's product: [gates hidden], or null for none
 * @param biasHh of the state's product: [gates hidden], or null for none
 */
public record RecurrentWeights(
    Tensor weightIh, Tensor weightHh, @Nullable Tensor biasIh, @Nullable Tensor biasHh) {}
