"""The barbershop: what a caller says about service, date, time, name and phone, and what to say next."""
