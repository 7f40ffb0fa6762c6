-- Distances between texts by characters: DuckDB's own count bytes, of which a Chinese character has
-- three. Both texts are spelt with one letter for each of their characters, then compared. Texts of
-- more than 44 characters are compared by their first 44.
create or replace temp macro _spelt(a, whole) as translate(
    a, whole,
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~'
);

-- Letters wrong, missing, added or swapped with the next.
create or replace temp macro char_edits(a, b) as case
    when strlen(a) = length(a) and strlen(b) = length(b) then damerau_levenshtein(a, b)
    else damerau_levenshtein(
        _spelt(left(a, 44), left(a, 44) || left(b, 44)),
        _spelt(left(b, 44), left(a, 44) || left(b, 44))
    )
end;

-- Jaro-Winkler similarity, 0 to 1.
create or replace temp macro char_similarity(a, b) as case
    when strlen(a) = length(a) and strlen(b) = length(b) then jaro_winkler_similarity(a, b)
    else jaro_winkler_similarity(
        _spelt(left(a, 44), left(a, 44) || left(b, 44)),
        _spelt(left(b, 44), left(a, 44) || left(b, 44))
    )
end;

-- Whether at most `most` such edits lead from one to the other. DuckDB's Damerau distance takes six
-- times as long as Levenshtein's, which is at most twice as large: that one looks first.
create or replace temp macro within_edits(a, b, most) as
    abs(length(a) - length(b)) <= most
    and case
        when strlen(a) = length(a) and strlen(b) = length(b) then levenshtein(a, b)
        else levenshtein(
            _spelt(left(a, 44), left(a, 44) || left(b, 44)),
            _spelt(left(b, 44), left(a, 44) || left(b, 44))
        )
    end <= 2 * most
    and char_edits(a, b) <= most;
