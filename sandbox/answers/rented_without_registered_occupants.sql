-- A running letting that counts nobody.
select rental_no from letting where registered_occupants = 0
