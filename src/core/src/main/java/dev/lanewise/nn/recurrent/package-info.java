/**
 * Recurrent networks: LSTM, GRU and the plain kind, of several layers, in one direction or both.
 */
@NullMarked
package dev.lanewise.nn.recurrent;

import org.jspecify.annotations.NullMarked;
